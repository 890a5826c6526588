package api

import (
	"fmt"

	"latchkey/access"
)

// Needed is what the table says of an operation; the action is empty where
// nobody is refused for the lack of it.
func Needed(operation string) (action access.Action, resource access.ResourceType, listed bool) {
	p, listed := permissions[operation]
	if !p.isAsked() {
		return "", "", listed
	}
	return p.action, p.resource, listed
}

// TenantWide says that the permission must be held in all the organisation.
func TenantWide(operation string) bool { return permissions[operation].at == tenantWide }

// Anywhere says that the permission may be held at any node.
func Anywhere(operation string) bool { return permissions[operation].at == anywhere }

// NeededText is a line of the table, for people.
func NeededText(operation string) string {
	p := permissions[operation]
	if p.at == own {
		return string(own)
	}
	return fmt.Sprintf("%s %s, %s", p.action, p.resource.DisplayName(), p.at)
}

// Listed are all operations of the table.
func Listed() []string {
	var ids []string
	for id := range permissions {
		ids = append(ids, id)
	}
	return ids
}
