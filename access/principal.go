package access

// Grant is one access rule as the decision function needs it.
type Grant struct {
	RuleID int32
	RoleID int32
	Path   ScopePath
}

// Principal is whoever acts: a user or an application, with the grants of its
// access rules at this moment.
type Principal struct {
	Subject
	Grants []Grant
}

// Caller is a principal and where its request came from; every use case takes
// one.
type Caller struct {
	Principal
	Origin Origin
}
