package api

import (
	"cmp"
	"context"
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

func (a *api) ListRoles(context.Context, ListRolesRequestObject) (ListRolesResponseObject, error) {
	roles := access.PredefinedRoles()
	slices.SortFunc(roles, func(r, other access.Role) int { return cmp.Compare(r.ID, other.ID) })
	all := make(ListRoles200JSONResponse, len(roles))
	for i, role := range roles {
		all[i] = wireRole(role)
	}
	return all, nil
}

func (a *api) GetRole(_ context.Context, r GetRoleRequestObject) (GetRoleResponseObject, error) {
	role, known := access.RoleByID(r.RoleId)
	if !known {
		return nil, access.ErrNotFound
	}
	return GetRole200JSONResponse(wireRole(role)), nil
}

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
	return ListPermissions200JSONResponse(wirePermissions(held)), nil
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
	return ListPermittedScopes200JSONResponse{
		Create: scopes(access.Create), Read: scopes(access.Read),
		Update: scopes(access.Update), Delete: scopes(access.Delete),
	}, nil
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
