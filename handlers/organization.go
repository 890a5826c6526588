package handlers

import (
	"cmp"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/web"
)

// organization is the tree with a node chosen: the one that ?scope names, or
// the top. A choice in the tree asks for the node alone.
func (h *console) organization(c echo.Context) error {
	ctx, caller := c.Request().Context(), web.CallerOf(c)
	roots, err := h.svc.ScopeRoots(ctx, caller)
	if err != nil {
		return err
	}
	if len(roots) == 0 {
		missing := &access.PermissionError{Action: access.Read, Resource: access.Tenant, ScopeName: "the organization"}
		return h.mayNotSeeOrganization(c, missing)
	}
	chosen, err := h.svc.Scope(ctx, caller, cmp.Or(c.QueryParam(views.ParamScope), roots[0].ID))
	gone := errors.Is(err, access.ErrNotFound)
	if gone {
		chosen, err = roots[0], nil
	}
	if err != nil {
		return err
	}
	detail, err := h.scopeDetail(c, chosen)
	if err != nil {
		return err
	}
	status := http.StatusOK
	if gone {
		status = http.StatusNotFound
	}
	if web.IsFragment(c) && web.Target(c) == views.OrganizationDetailID && !gone {
		return web.Render(c, status, views.ScopeDetailPart(detail))
	}
	screen := views.Organization{Chosen: detail, Gone: gone, MayImport: mayChangeOrganization(caller)}
	if err := h.openTree(c, &screen, roots); err != nil {
		return err
	}
	frame := web.Frame(c, "Organization", web.NavOrganization)
	return web.RenderEither(c, status, views.OrganizationPage(frame, screen), views.OrganizationPart(screen))
}

func (h *console) mayNotSeeOrganization(c echo.Context, missing error) error {
	web.ToldRefusal(c, missing)
	why, reference := missing.Error(), web.Reference(c)
	page := views.OrganizationForbidden(web.Frame(c, "Organization", web.NavOrganization), why, reference)
	return web.RenderEither(c, http.StatusForbidden, page, views.OrganizationForbiddenPart(why, reference))
}

// openTree opens the tree along the way to the chosen node, and the node
// itself. Only a piece of each branch is loaded: a node further on is chosen all
// the same, and found in the tree by its name.
func (h *console) openTree(c echo.Context, screen *views.Organization, roots []access.Scope) error {
	ctx, caller := c.Request().Context(), web.CallerOf(c)
	var way []views.ScopeBranch
	for _, id := range screen.Chosen.Scope.Path.IDs() {
		scope, err := h.svc.Scope(ctx, caller, id)
		if err != nil {
			return err
		}
		branch := views.ScopeBranch{Scope: scope}
		if scope.Children > 0 {
			if branch, err = h.branch(c, scope, 0); err != nil {
				return err
			}
			branch.Expanded = true
		}
		way = append(way, branch)
	}
	for i := len(way) - 1; i > 0; i-- {
		way[i-1].Next = &way[i]
	}
	screen.Roots = way[:1]
	screen.Below = way[len(way)-1]
	if offset := branchOffset(c); offset > 0 {
		below, err := h.branch(c, screen.Chosen.Scope, offset)
		if err != nil {
			return err
		}
		screen.Below = below
	}
	screen.Search = strings.TrimSpace(c.QueryParam("q"))
	if screen.Search == "" {
		return nil
	}
	found, err := h.svc.SearchScopes(ctx, caller, screen.Search, "")
	screen.Searched, screen.Results = true, found
	return err
}

// scopeDetail is a node with what hangs on it, and what the person may do.
func (h *console) scopeDetail(c echo.Context, scope access.Scope) (views.ScopeDetail, error) {
	caller := web.CallerOf(c)
	use, err := h.svc.ScopeUse(c.Request().Context(), caller, scope.ID)
	if err != nil {
		return views.ScopeDetail{}, err
	}
	may := func(a access.Action, r access.ResourceType) bool {
		return access.Decide(caller.Grants, a, r, scope.Path).Allowed
	}
	resource := access.ResourceOf(scope.Type)
	below, hasBelow := access.BelowScope(scope.Type)
	detail := views.ScopeDetail{
		Scope: scope, Use: use, Clock: h.clock(c),
		MayAdd:           hasBelow && may(access.Create, access.ResourceOf(below)),
		MayRename:        may(access.Update, resource),
		MayMove:          mayMove(scope, may),
		MayDelete:        scope.Type != access.ScopeTenant && may(access.Delete, resource),
		SeesRules:        may(access.Read, access.AccessRules),
		SeesApplications: may(access.Read, access.Applications),
	}
	if scope.Type == access.ScopeTenant {
		detail.MayRename = may(access.Update, access.Settings)
	}
	if detail.SeesApplications {
		detail.Within, err = h.svc.CountApplications(c.Request().Context(), caller, access.ManagedWithin(scope.ID))
	}
	return detail, err
}

// mayMove: a project, or the projects of a department, which itself stays.
func mayMove(scope access.Scope, may func(access.Action, access.ResourceType) bool) bool {
	return (scope.Type == access.ScopeProject || scope.Type == access.ScopeDepartment) && may(access.Delete, access.Projects)
}

// mayChangeOrganization reports whether there is anything that an import by
// this person could do.
func mayChangeOrganization(caller access.Caller) bool {
	for _, resource := range []access.ResourceType{access.Clusters, access.Departments, access.Projects} {
		for _, action := range []access.Action{access.Create, access.Update, access.Delete} {
			if len(access.Reach(caller.Grants, action, resource)) > 0 {
				return true
			}
		}
	}
	return false
}

// organizationBranch feeds the tree of the page.
func (h *console) organizationBranch(c echo.Context) error {
	return h.treePart(c, "", views.OrganizationBranch, views.OrganizationResults)
}
