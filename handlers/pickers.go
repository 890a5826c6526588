package handlers

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/web"
)

// rolePreview is what a role allows, asked for while choosing one.
func (h *console) rolePreview(c echo.Context) error {
	choices, err := h.svc.RoleChoices(c.Request().Context(), web.CallerOf(c))
	if err != nil {
		return err
	}
	for _, choice := range choices {
		if formatID(choice.Role.ID) == c.QueryParam(views.FieldRole) {
			return web.Render(c, http.StatusOK, views.RolePreviewPart(rolePreviewOf(choice.Role)))
		}
	}
	return web.Render(c, http.StatusOK, views.RolePreviewPart(nil)) // nothing chosen yet
}

// scopeBranch feeds the tree of scopes: with parent the nodes below it, from
// offset on; with q those whose name holds the text, with their full path. With
// only, nodes of one type alone can be chosen.
func (h *console) scopeBranch(c echo.Context) error {
	only := access.ScopeType(c.QueryParam(views.ParamOnly))
	if _, known := access.BelowScope(only); !known {
		only = ""
	}
	return h.treePart(c, only, views.ScopeBranchPart, views.ScopeResults)
}

// treePart answers for a tree: a branch of it, or what a search in it found.
func (h *console) treePart(c echo.Context, only access.ScopeType, drawBranch func(views.ScopeBranch) templ.Component, drawResults func([]access.Scope) templ.Component) error {
	ctx, caller := c.Request().Context(), web.CallerOf(c)
	if text := strings.TrimSpace(c.QueryParam("q")); text != "" {
		found, err := h.svc.SearchScopes(ctx, caller, text, only)
		if err != nil {
			return err
		}
		return web.Render(c, http.StatusOK, drawResults(found))
	}
	parent, err := h.svc.Scope(ctx, caller, c.QueryParam("parent"))
	if err != nil {
		return err
	}
	branch, err := h.branch(c, parent, branchOffset(c))
	if err != nil {
		return err
	}
	branch.Only = only
	return web.Render(c, http.StatusOK, drawBranch(branch))
}

// branchOffset is where a piece of a branch begins: at its beginning, unless
// the address says otherwise.
func branchOffset(c echo.Context) int {
	offset, err := strconv.Atoi(c.QueryParam("offset"))
	if err != nil || offset < 0 {
		return 0
	}
	return offset
}

// branch is a piece of what hangs below a node. A node may have more below it
// than this person can see, so that only a full piece promises another.
func (h *console) branch(c echo.Context, parent access.Scope, offset int) (views.ScopeBranch, error) {
	below, err := h.svc.ScopeChildren(c.Request().Context(), web.CallerOf(c), parent.ID, offset)
	more := len(below) == access.ScopesShown && offset+len(below) < parent.Children
	return views.ScopeBranch{Scope: parent, Below: below, Offset: offset, More: more}, err
}

// scopePicker is the tree with its first two levels open, and the chosen node
// if there is one that the person can see.
func (h *console) scopePicker(c echo.Context, chosen string) (views.ScopePicker, error) {
	ctx, caller := c.Request().Context(), web.CallerOf(c)
	roots, err := h.svc.ScopeRoots(ctx, caller)
	if err != nil {
		return views.ScopePicker{}, err
	}
	var picker views.ScopePicker
	for _, root := range roots {
		branch, err := h.branch(c, root, 0)
		if err != nil {
			return views.ScopePicker{}, err
		}
		branch.Expanded = root.Children > 0
		picker.Roots = append(picker.Roots, branch)
	}
	if chosen == "" {
		return picker, nil
	}
	scope, err := h.svc.Scope(ctx, caller, chosen)
	switch {
	case err == nil:
		picker.Chosen = &scope
	case !errors.Is(err, access.ErrNotFound):
		return views.ScopePicker{}, err
	}
	return picker, nil
}

// searchWithoutScripts stands in for the tree on a page without scripts: the
// nodes whose name holds the text are offered by their full path.
func (h *console) searchWithoutScripts(c echo.Context, picker *views.ScopePicker, text string) error {
	picker.Search = strings.TrimSpace(text)
	if picker.Search == "" {
		return nil
	}
	found, err := h.svc.SearchScopes(c.Request().Context(), web.CallerOf(c), picker.Search, picker.Only)
	picker.Searched, picker.Results = true, found
	return err
}
