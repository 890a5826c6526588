package access

// CheapPasswords makes hashing fast, for tests that are about something else.
func CheapPasswords(s *Service) {
	s.passwords = newPasswords(s.cfg.Random, argon2Cost{memory: 64, passes: 1, threads: 1})
}
