package api

import (
	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/web"
)

// scopeRule says at which node of the organisation a permission is asked for.
// Whoever lacks it everywhere is refused before anything is read; the use case
// then looks at the node itself, in the transaction that it acts in.
type scopeRule string

const (
	// own needs no permission: it is the caller's own.
	own scopeRule = "the caller's own"
	// anywhere is for lists: they hold what lies in the caller's reach.
	anywhere scopeRule = "anywhere; what is out of reach is left out"
	// visible is for what some may see by other ways than the permission; who
	// may see nothing gets an empty list, and what is out of sight is not found.
	visible scopeRule = "what the caller may see, own things included"
	// tenantWide is for what belongs to no node below the tenant.
	tenantWide scopeRule = "the tenant"
	// whereManaged is the node at which the application is managed.
	whereManaged scopeRule = "where the application is managed"
	// inBody is the node that the body names.
	inBody scopeRule = "the scope of the body"
	// ofTheRule is the node of the rule.
	ofTheRule scopeRule = "the scope of the rule"
)

// permission is what an operation needs.
type permission struct {
	resource access.ResourceType
	action   access.Action
	at       scopeRule
}

// permissions is the one table of who may call what. An operation that is not
// in it cannot be mounted.
var permissions = map[string]permission{
	"listApplications":            {access.Applications, access.Read, anywhere},
	"createApplication":           {access.Applications, access.Create, inBody},
	"getApplication":              {access.Applications, access.Read, whereManaged},
	"updateApplication":           {access.Applications, access.Update, whereManaged},
	"deleteApplication":           {access.Applications, access.Delete, whereManaged},
	"regenerateApplicationSecret": {access.Applications, access.Update, whereManaged},

	"listServiceAccounts":            {access.Applications, access.Read, anywhere},
	"createServiceAccount":           {access.Applications, access.Create, inBody},
	"getServiceAccount":              {access.Applications, access.Read, whereManaged},
	"updateServiceAccount":           {access.Applications, access.Update, whereManaged},
	"deleteServiceAccount":           {access.Applications, access.Delete, whereManaged},
	"regenerateServiceAccountSecret": {access.Applications, access.Update, whereManaged},

	"listAccessRules":        {access.AccessRules, access.Read, visible},
	"countAccessRules":       {access.AccessRules, access.Read, visible},
	"getAccessRule":          {access.AccessRules, access.Read, visible},
	"createAccessRule":       {access.AccessRules, access.Create, inBody},
	"deleteAccessRule":       {access.AccessRules, access.Delete, ofTheRule},
	"batchAccessRules":       {access.AccessRules, access.Delete, ofTheRule},
	"batchCreateAccessRules": {access.AccessRules, access.Create, inBody},
	"listMyAccessRules":      {at: own},
	"countMyAccessRules":     {at: own},

	"listRoles":           {access.Roles, access.Read, tenantWide},
	"getRole":             {access.Roles, access.Read, tenantWide},
	"listPermissions":     {at: own},
	"listPermittedScopes": {at: own},

	"listUsers":         {access.Users, access.Read, tenantWide},
	"countUsers":        {access.Users, access.Read, tenantWide},
	"createUser":        {access.Users, access.Create, tenantWide},
	"getUser":           {access.Users, access.Read, visible},
	"deleteUser":        {access.Users, access.Delete, tenantWide},
	"logOutUser":        {access.Users, access.Update, visible},
	"resetUserPassword": {access.Users, access.Update, tenantWide},
	"changeMyPassword":  {at: own},
}

// gated says that whoever has the permission nowhere need not ask.
func (p permission) gated() bool { return p.at != own && p.at != visible }

// permit refuses whoever has the permission nowhere. The answer names it, and
// is the same whatever was asked about: it tells nothing of what there is.
func (a *api) permit(p permission) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if !p.gated() || len(access.Reach(web.CallerOf(c).Grants, p.action, p.resource)) > 0 {
				return next(c)
			}
			tenant, err := a.tenant(c.Request().Context())
			if err != nil {
				return err
			}
			return &access.PermissionError{Action: p.action, Resource: p.resource, ScopeName: tenant.Name}
		}
	}
}
