package api

import (
	"fmt"

	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/web"
)

// scopeRule says at which node of the organisation a permission is asked for.
// Whoever lacks it everywhere is refused before anything is read; the use case
// then looks at the node itself, in the transaction that it acts in.
type scopeRule string

const (
	// own needs no permission: it is the caller's own. The permission that stands
	// beside it is the one that a token must have which was made to do less.
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
	// theNode is the node itself.
	theNode scopeRule = "the scope itself"
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
// in it is refused whoever asks.
var permissions = map[string]permission{
	"listApplications":            {access.Applications, access.Read, anywhere},
	"createApplication":           {access.Applications, access.Create, inBody},
	"getApplication":              {access.Applications, access.Read, whereManaged},
	"updateApplication":           {access.Applications, access.Update, whereManaged},
	"deleteApplication":           {access.Applications, access.Delete, whereManaged},
	"regenerateApplicationSecret": {access.Applications, access.Update, whereManaged},

	"removeApplicationSecret": {access.Applications, access.Update, whereManaged},

	"listPublicKeys":  {access.Applications, access.Read, whereManaged},
	"addPublicKey":    {access.Applications, access.Update, whereManaged},
	"deletePublicKey": {access.Applications, access.Update, whereManaged},

	"listServiceAccounts":            {access.Applications, access.Read, anywhere},
	"createServiceAccount":           {access.Applications, access.Create, inBody},
	"getServiceAccount":              {access.Applications, access.Read, whereManaged},
	"updateServiceAccount":           {access.Applications, access.Update, whereManaged},
	"deleteServiceAccount":           {access.Applications, access.Delete, whereManaged},
	"regenerateServiceAccountSecret": {access.Applications, access.Update, whereManaged},
	"removeServiceAccountSecret":     {access.Applications, access.Update, whereManaged},
	"listServiceAccountPublicKeys":   {access.Applications, access.Read, whereManaged},
	"addServiceAccountPublicKey":     {access.Applications, access.Update, whereManaged},
	"deleteServiceAccountPublicKey":  {access.Applications, access.Update, whereManaged},

	"listAccessRules":        {access.AccessRules, access.Read, visible},
	"countAccessRules":       {access.AccessRules, access.Read, visible},
	"getAccessRule":          {access.AccessRules, access.Read, visible},
	"createAccessRule":       {access.AccessRules, access.Create, inBody},
	"deleteAccessRule":       {access.AccessRules, access.Delete, ofTheRule},
	"batchAccessRules":       {access.AccessRules, access.Delete, ofTheRule},
	"batchCreateAccessRules": {access.AccessRules, access.Create, inBody},
	"listMyAccessRules":      {access.AccessRules, access.Read, own},
	"countMyAccessRules":     {access.AccessRules, access.Read, own},

	"listRoles":           {access.Roles, access.Read, anywhere},
	"getRole":             {access.Roles, access.Read, anywhere},
	"listPermissions":     {at: own},
	"listPermittedScopes": {at: own},
	"checkAccess":         {access.AccessRules, access.Read, visible},
	"evaluateAccess":      {access.AccessRules, access.Read, visible},
	"evaluateAllAccess":   {access.AccessRules, access.Read, visible},

	"listUsers":         {access.Users, access.Read, tenantWide},
	"countUsers":        {access.Users, access.Read, tenantWide},
	"createUser":        {access.Users, access.Create, tenantWide},
	"getUser":           {access.Users, access.Read, visible},
	"deleteUser":        {access.Users, access.Delete, tenantWide},
	"logOutUser":        {access.Users, access.Update, visible},
	"resetUserPassword": {access.Users, access.Update, tenantWide},
	"changeMyPassword":  {access.Users, access.Update, own},

	"listUserApplications":            {access.AccessKeys, access.Read, own},
	"createUserApplication":           {access.AccessKeys, access.Create, own},
	"getUserApplication":              {access.AccessKeys, access.Read, own},
	"deleteUserApplication":           {access.AccessKeys, access.Delete, own},
	"regenerateUserApplicationSecret": {access.AccessKeys, access.Update, own},
	"listAccessKeys":                  {access.AccessKeys, access.Read, own},
	"createAccessKey":                 {access.AccessKeys, access.Create, own},
	"getAccessKey":                    {access.AccessKeys, access.Read, own},
	"deleteAccessKey":                 {access.AccessKeys, access.Delete, own},
	"regenerateAccessKeySecret":       {access.AccessKeys, access.Update, own},
	"listAllUserApplications":         {access.Users, access.Read, tenantWide},
	"deleteAnyUserApplication":        {access.Users, access.Update, tenantWide},
	"listAllAccessKeys":               {access.Users, access.Read, tenantWide},
	"deleteAnyAccessKey":              {access.Users, access.Update, tenantWide},

	"listAuditLog":     {access.EventsHistory, access.Read, tenantWide},
	"downloadAuditLog": {access.EventsHistory, access.Read, tenantWide},

	"listClusters":  {access.Clusters, access.Read, anywhere},
	"countClusters": {access.Clusters, access.Read, anywhere},
	"createCluster": {access.Clusters, access.Create, tenantWide},
	"getCluster":    {access.Clusters, access.Read, theNode},
	"renameCluster": {access.Clusters, access.Update, theNode},
	"deleteCluster": {access.Clusters, access.Delete, theNode},

	"listDepartments":  {access.Departments, access.Read, anywhere},
	"countDepartments": {access.Departments, access.Read, anywhere},
	"createDepartment": {access.Departments, access.Create, inBody},
	"getDepartment":    {access.Departments, access.Read, theNode},
	"renameDepartment": {access.Departments, access.Update, theNode},
	"deleteDepartment": {access.Departments, access.Delete, theNode},

	"listProjects":  {access.Projects, access.Read, anywhere},
	"countProjects": {access.Projects, access.Read, anywhere},
	"createProject": {access.Projects, access.Create, inBody},
	"getProject":    {access.Projects, access.Read, theNode},
	"renameProject": {access.Projects, access.Update, theNode},
	"deleteProject": {access.Projects, access.Delete, theNode},
}

// isAsked says that a caller can be refused before the request is read.
func (p permission) isAsked() bool { return p.at != own && p.at != visible }

// permit refuses whoever cannot have the permission. The answer names it, and is
// the same whatever was asked about.
func (a *api) permit(p permission) echo.MiddlewareFunc {
	need := access.Need{Action: p.action, Resource: p.resource, TenantWide: p.at == tenantWide}
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			if err := p.withinScope(c); err != nil {
				return err
			}
			if p.isAsked() {
				if err := a.svc.Admit(c.Request().Context(), web.CallerOf(c), need); err != nil {
					return err
				}
			}
			return next(c)
		}
	}
}

// withinScope refuses a token that was asked for with a scope without this
// permission (RFC 6750 section 3.1). The use cases see to that wherever access
// rules decide; of the caller's own things there are none.
func (p permission) withinScope(c echo.Context) error {
	missing := web.CallerOf(c).ScopeMissing(p.action, p.resource)
	if missing == "" {
		return nil
	}
	c.Response().Header().Set(echo.HeaderWWWAuthenticate, fmt.Sprintf(`%s, error="insufficient_scope", scope=%q`, challenge, missing))
	return &access.PermissionError{Action: p.action, Resource: p.resource,
		Message: fmt.Sprintf("The access token was asked for with a scope that does not have %s.", missing)}
}
