package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"latchkey/access"
)

// predefinedBy is who made the roles that every installation has; clients know
// them by this name (api-contract.md 3.3).
const predefinedBy = "Run:ai"

// predefinedAt is when the grants of the predefined roles were recorded.
var predefinedAt = wireTime{time.Date(2024, 8, 1, 0, 0, 0, 0, time.UTC)}

func wireRole(r access.Role) Role {
	return Role{
		Id:               r.ID,
		Name:             r.Name,
		Description:      r.Description,
		Permissions:      wirePermissions(r.Grants),
		CreatedAt:        predefinedAt,
		UpdatedAt:        predefinedAt,
		CreatedBy:        predefinedBy,
		EffectiveEnabled: true,
		Enabled:          true,
	}
}

// wirePermissions lists every resource type, with no actions where there are none.
func wirePermissions(grants map[access.ResourceType]access.Actions) []Permission {
	resources := access.Resources()
	all := make([]Permission, len(resources))
	for i, resource := range resources {
		actions := grants[resource.Type].List()
		if actions == nil {
			actions = []access.Action{}
		}
		all[i] = Permission{ResourceType: resource.Type, DisplayName: resource.DisplayName, GroupId: resource.Group, Actions: actions}
	}
	return all
}

var (
	roleColumns       = []string{"id", "name", "description", "permissions", "createdAt", "updatedAt", "deletedAt", "createdBy", "custom", "effectiveEnabled", "enabled"}
	permissionColumns = []string{"resourceType", "displayName", "groupId", "actions"}
)

type roleListing struct{ *listing[Role] }

func (l roleListing) VisitListRolesResponse(http.ResponseWriter) error { return l.answer() }

func (a *api) ListRoles(ctx context.Context, _ ListRolesRequestObject) (ListRolesResponseObject, error) {
	roles := access.PredefinedRoles()
	slices.SortFunc(roles, func(r, other access.Role) int { return cmp.Compare(r.ID, other.ID) })
	l, err := newListing(ctx, access.List{}, roleColumns, few(roles), wireRole)
	return roleListing{l}, err
}

func (a *api) GetRole(ctx context.Context, r GetRoleRequestObject) (GetRoleResponseObject, error) {
	role, known := access.RoleByID(r.RoleId)
	if !known {
		return nil, access.ErrNotFound
	}
	return single[Role]{ctx, neverChanged, wireRole(role)}, nil
}

type permissionListing struct{ *listing[Permission] }

func (l permissionListing) VisitListPermissionsResponse(http.ResponseWriter) error { return l.answer() }

// ListPermissions is what the caller may do somewhere.
func (a *api) ListPermissions(ctx context.Context, _ ListPermissionsRequestObject) (ListPermissionsResponseObject, error) {
	grants := callerOf(ctx).Grants
	held := map[access.ResourceType]access.Actions{}
	for _, resource := range access.Resources() {
		for _, action := range access.CRUD.List() {
			if len(access.Reach(grants, action, resource.Type)) > 0 {
				held[resource.Type] |= action.Set()
			}
		}
	}
	l, err := newListing(ctx, access.List{}, permissionColumns, few(wirePermissions(held)), asItIs)
	return permissionListing{l}, err
}

// ListPermittedScopes is where the caller may do it.
func (a *api) ListPermittedScopes(ctx context.Context, r ListPermittedScopesRequestObject) (ListPermittedScopesResponseObject, error) {
	grants := callerOf(ctx).Grants
	scopes := func(action access.Action) ScopesByType {
		if r.Body.Action != "" && r.Body.Action != action {
			return ScopesByType{}
		}
		return scopesByType(access.Reach(grants, action, r.Body.ResourceType))
	}
	permitted := PermittedScopes{
		Create: scopes(access.Create), Read: scopes(access.Read),
		Update: scopes(access.Update), Delete: scopes(access.Delete),
	}
	l, err := newListing(ctx, access.List{}, permittedScopeColumns, few(permittedScopes(permitted)), asItIs)
	if err != nil {
		return nil, err
	}
	l.wrap = func([]permittedScope) any { return permitted }
	return permittedScopeListing{l}, nil
}

func asItIs[T any](item T) T { return item }

// permittedScope is a line of the CSV: JSON has them by action and type.
type permittedScope struct {
	Action    access.Action    `json:"action"`
	ScopeType access.ScopeType `json:"scopeType"`
	ScopeID   string           `json:"scopeId"`
}

var permittedScopeColumns = []string{"action", "scopeType", "scopeId"}

type permittedScopeListing struct{ *listing[permittedScope] }

func (l permittedScopeListing) VisitListPermittedScopesResponse(http.ResponseWriter) error {
	return l.answer()
}

func permittedScopes(by PermittedScopes) []permittedScope {
	var lines []permittedScope
	add := func(action access.Action, kind access.ScopeType, ids []string) {
		for _, id := range ids {
			lines = append(lines, permittedScope{action, kind, id})
		}
	}
	addAll := func(action access.Action, scopes ScopesByType) {
		add(action, access.ScopeTenant, scopes.Tenants)
		add(action, access.ScopeCluster, scopes.Clusters)
		add(action, access.ScopeDepartment, scopes.Departments)
		add(action, access.ScopeProject, scopes.Projects)
	}
	addAll(access.Create, by.Create)
	addAll(access.Read, by.Read)
	addAll(access.Update, by.Update)
	addAll(access.Delete, by.Delete)
	return lines
}

// scopesByType sorts nodes by their level, which the length of a path tells.
func scopesByType(paths []access.ScopePath) ScopesByType {
	var scopes ScopesByType
	for _, path := range paths {
		ids := path.IDs()
		id := ids[len(ids)-1]
		switch len(ids) {
		case 1:
			scopes.Tenants, scopes.Tenant = append(scopes.Tenants, id), id
		case 2:
			scopes.Clusters = append(scopes.Clusters, id)
		case 3:
			scopes.Departments = append(scopes.Departments, id)
		case 4:
			scopes.Projects = append(scopes.Projects, id)
		}
	}
	return scopes
}
