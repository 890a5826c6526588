package access

// Role is a named set of permissions. The predefined ones are data
// (roles_data.go) with the ids that the wire knows.
type Role struct {
	ID          int32
	Name        string
	Description string
	// Grants holds the actions per resource type; a type that is absent has none.
	Grants map[ResourceType]Actions
	Times
}
