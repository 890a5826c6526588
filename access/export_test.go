package access

import "latchkey/token"

// CheapPasswords makes hashing fast, for tests that are about something else.
func CheapPasswords(s *Service) {
	s.passwords = newPasswords(s.cfg.Random, argon2Cost{memory: 64, passes: 1, threads: 1})
}

// WatchComparing calls before each comparison of a secret key.
func WatchComparing(s *Service, before func()) {
	compare := s.sameKeyHash
	s.sameKeyHash = func(stored, presented token.KeyHash) bool {
		before()
		return compare(stored, presented)
	}
}

// MaxRevoked is how many living tokens one client can have revoked.
const MaxRevoked = maxRevoked

// MaxHashers is how many passwords are hashed at once, at most.
const MaxHashers = maxHashers

// WatchHashing calls before and after each computation of a hash.
func WatchHashing(s *Service, before, after func()) {
	compute := s.passwords.compute
	s.passwords.compute = func(password, salt []byte, cost argon2Cost) []byte {
		before()
		defer after()
		return compute(password, salt, cost)
	}
}
