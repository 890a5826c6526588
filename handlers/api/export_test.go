package api

import "latchkey/access"

// Needed is what the table says of an operation; the action is empty where
// nobody is refused for the lack of it.
func Needed(operation string) (action access.Action, resource access.ResourceType, listed bool) {
	p, listed := permissions[operation]
	if !p.isAsked() {
		return "", "", listed
	}
	return p.action, p.resource, listed
}

// Listed are all operations of the table.
func Listed() []string {
	var ids []string
	for id := range permissions {
		ids = append(ids, id)
	}
	return ids
}
