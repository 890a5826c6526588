package access

import "strings"

// ScopeType is the level of a node in the organisation tree.
type ScopeType string

// The levels, widest first. "system" exists on the wire only; Latchkey has one
// tenant, so its rules start at the tenant.
const (
	ScopeSystem     ScopeType = "system"
	ScopeTenant     ScopeType = "tenant"
	ScopeCluster    ScopeType = "cluster"
	ScopeDepartment ScopeType = "department"
	ScopeProject    ScopeType = "project"
)

// TenantID is the id of the one tenant; on the wire it is a number here and a
// string there (api-contract.md 0.6).
const (
	TenantID     = 1001
	TenantNodeID = "1001"
)

// ScopePath is the materialised path of node ids from the tenant down, such as
// "/1001/<cluster>/<department>/". It always begins and ends with a slash, so
// that containment is a prefix test and never confuses "ab" with "a".
type ScopePath string

// TenantPath is the root of every path.
const TenantPath ScopePath = "/" + TenantNodeID + "/"

// Contains reports whether other is this node or lies below it.
func (p ScopePath) Contains(other ScopePath) bool {
	return p != "" && strings.HasPrefix(string(other), string(p))
}

// Child is the path of a child node with this id.
func (p ScopePath) Child(id string) ScopePath { return p + ScopePath(id) + "/" }

// IDs are the node ids along the path, tenant first.
func (p ScopePath) IDs() []string {
	return strings.Split(strings.Trim(string(p), "/"), "/")
}

// Scope is a node of the organisation tree: tenant > cluster > department >
// project. A rule at a node reaches the node and all below.
type Scope struct {
	ID       string
	Type     ScopeType
	Name     string
	ParentID string // empty for the tenant
	Path     ScopePath
	// Names are the names along the path, tenant first; Names[len-1] == Name.
	Names []string
	// Children is how many nodes hang directly below.
	Children  int
	CreatedBy string
	Times
}

// NamePath is the readable path, such as "acme / eu-1 / billing".
func (s Scope) NamePath() string { return strings.Join(s.Names, " / ") }

// Version grows with every change of the node: it is the moment of the last one,
// in microseconds. What hangs on the node is no part of it.
func (s Scope) Version() int64 { return s.UpdatedAt.UnixMicro() }

// ScopePhase is the phase of every node: a node is there at once, and stays.
const ScopePhase = "Ready"

// ClusterID is the cluster that the node is or lies in; empty for the tenant.
func (s Scope) ClusterID() string { return s.idAt(1) }

// DepartmentID is the department that a project lies in; empty for others.
func (s Scope) DepartmentID() string {
	if s.Type != ScopeProject {
		return ""
	}
	return s.idAt(2)
}

// ParentName is the name of the node above; empty for the tenant.
func (s Scope) ParentName() string {
	if len(s.Names) < 2 {
		return ""
	}
	return s.Names[len(s.Names)-2]
}

func (s Scope) idAt(level int) string {
	if ids := s.Path.IDs(); level < len(ids) {
		return ids[level]
	}
	return ""
}
