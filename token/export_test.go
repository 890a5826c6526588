package token

// MaxChecked is how many tokens of either generation are remembered.
const MaxChecked = maxChecked

// Checked is how many tokens the set remembers.
func (s *KeySet) Checked() int { return len(s.checked.recent) + len(s.checked.older) }
