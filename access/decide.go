package access

// Decision answers "may this principal do that there?", and says which rule
// decided.
type Decision struct {
	Allowed bool
	// By is the rule that allows it; meaningless if not Allowed.
	By Grant
}
