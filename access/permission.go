package access

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
