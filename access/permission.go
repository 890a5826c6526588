package access

import "strings"

// Action is what a permission lets its holder do.
type Action string

// The actions. "sync" exists on the wire only (api-contract.md section 6).
const (
	Create Action = "create"
	Read   Action = "read"
	Update Action = "update"
	Delete Action = "delete"
)

// Actions is a set of actions.
type Actions uint8

// The sets that the role table is written in.
const (
	CanCreate Actions = 1 << iota
	CanRead
	CanUpdate
	CanDelete
	CRUD = CanCreate | CanRead | CanUpdate | CanDelete
)

// Set is the set of this action alone; empty for an unknown action.
func (a Action) Set() Actions {
	switch a {
	case Create:
		return CanCreate
	case Read:
		return CanRead
	case Update:
		return CanUpdate
	case Delete:
		return CanDelete
	}
	return 0
}

// Has reports whether the set holds an action.
func (s Actions) Has(a Action) bool { return s&a.Set() != 0 }

// List is the set's actions in the order create, read, update, delete.
func (s Actions) List() []Action {
	var list []Action
	for _, a := range []Action{Create, Read, Update, Delete} {
		if s.Has(a) {
			list = append(list, a)
		}
	}
	return list
}

// String is the actions as people read them, such as "create, read".
func (s Actions) String() string {
	words := make([]string, 0, 4)
	for _, a := range s.List() {
		words = append(words, string(a))
	}
	return strings.Join(words, ", ")
}

// ResourceType is a kind of thing that permissions are about; the names are
// the wire's (api-contract.md section 6).
type ResourceType string

// The resource types that Latchkey itself checks. The full list is data, in
// resources.go.
const (
	Applications    ResourceType = "apps"
	ServiceAccounts ResourceType = "service-account" // the newer name of the same store
	AccessRules     ResourceType = "access_rules"
	Roles           ResourceType = "roles"
	Users           ResourceType = "users"
	Tenant          ResourceType = "tenant"
	Clusters        ResourceType = "cluster"
	Departments     ResourceType = "department"
	Projects        ResourceType = "project"
	Settings        ResourceType = "settings"
	EventsHistory   ResourceType = "events-history"
	AccessKeys      ResourceType = "access-keys"
)

// Permission is a resource type and the actions on it.
type Permission struct {
	Resource ResourceType
	Actions  Actions
}

// String is the permission as people read it, such as "create, read Users".
func (p Permission) String() string { return p.Actions.String() + " " + p.Resource.DisplayName() }

// Names are its single permissions by the names that programs have for them,
// such as "users:create" and "users:read".
func (p Permission) Names() []string {
	var names []string
	for _, action := range p.Actions.List() {
		names = append(names, string(p.Resource)+":"+string(action))
	}
	return names
}

// ParsePermission reads the name of a single permission.
func ParsePermission(name string) (r ResourceType, a Action, known bool) {
	resource, action, _ := strings.Cut(name, ":")
	r, known = ParseResourceType(resource)
	a = Action(action)
	return r, a, known && a.Set() != 0
}
