package token

// MaxChecked is how many tokens of either generation are remembered.
const MaxChecked = maxChecked

// Checked is how many tokens the set remembers.
func (s *KeySet) Checked() int { return len(s.checked.recent) + len(s.checked.older) }

// WatchVerifying calls before each signature that is looked at.
func WatchVerifying(a *Assertion, before func()) {
	verify := a.verify
	a.verify = func(key any) ([]byte, error) {
		before()
		return verify(key)
	}
}
