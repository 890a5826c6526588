package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/web"
)

// inOrganization is the page with a node chosen.
func inOrganization(id string) place {
	return place{Place: views.InOrganization(id), nav: web.NavOrganization}
}

// node is the one that the address names.
func (h *console) node(c echo.Context) (access.Scope, error) {
	return h.svc.Scope(c.Request().Context(), web.CallerOf(c), c.Param("node"))
}

// nodeGone answers about a node that is not there: most often somebody else
// deleted it while the dialog was open.
func (h *console) nodeGone(c echo.Context, err error) error {
	if !errors.Is(err, access.ErrNotFound) {
		return err
	}
	return inOrganization(access.TenantNodeID).notice(c, http.StatusNotFound, views.Notice{
		Title:   "That place is gone",
		Text:    "It does not exist, or not where you can see it. Somebody may have deleted it a moment ago. Nothing was changed.",
		Changed: true,
	})
}

// nodeProblems is what a form about a node says of an error.
func nodeProblems(err error) (views.Problems, bool) {
	if errors.Is(err, access.ErrStale) {
		return views.Problems{Form: "Somebody changed this while the dialog was open, and nothing was done. What you see is how it is now: look again, then go on."}, true
	}
	return problemsOf(err)
}

// nodeChanged ends a dialog: the page comes back with a node chosen.
func (h *console) nodeChanged(c echo.Context, chosen access.Scope, title, text string) error {
	if web.IsFragment(c) {
		web.PushURL(c, views.OrganizationAt(chosen.ID))
	}
	return inOrganization(chosen.ID).changed(c, views.Notice{Title: title, Text: text, Focus: views.OrganizationItem(chosen.ID)})
}

// formVersion is the version of a node that a form was made of. One that
// cannot be read is none that there ever was.
func formVersion(text string) int64 {
	version, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return -1
	}
	return version
}

func versionText(scope access.Scope) string { return strconv.FormatInt(scope.Version(), 10) }

// newNode is the form that adds a node below another.
func (h *console) newNode(c echo.Context) error {
	return h.showNodeName(c, http.StatusOK, views.NodeName{Add: true})
}

func (h *console) addNode(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	screen := views.NodeName{Add: true, Name: form.Get(views.FieldName)}
	made, err := h.svc.CreateScope(c.Request().Context(), web.CallerOf(c), access.NewScope{ParentID: c.Param("node"), Name: screen.Name})
	if problems, ok := nodeProblems(err); ok {
		screen.Problems = problems
		return h.showNodeName(c, web.StatusOf(err), screen)
	}
	if err != nil {
		return h.nodeGone(c, err)
	}
	title := fmt.Sprintf("%s added", capital(views.ScopeWord(made.Type)))
	return h.nodeChanged(c, made, title, fmt.Sprintf("%s was added.", made.NamePath()))
}

// nodeName is the form that gives a node another name.
func (h *console) nodeName(c echo.Context) error {
	return h.showNodeName(c, http.StatusOK, views.NodeName{})
}

func (h *console) renameNode(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	before, err := h.node(c)
	if err != nil {
		return h.nodeGone(c, err)
	}
	screen := views.NodeName{Name: form.Get(views.FieldName)}
	after, err := h.rename(c, before, screen.Name, formVersion(form.Get(views.FieldVersion)))
	if problems, ok := nodeProblems(err); ok {
		screen.Problems = problems
		return h.showNodeName(c, web.StatusOf(err), screen)
	}
	if err != nil {
		return h.nodeGone(c, err)
	}
	return h.nodeChanged(c, after, "Renamed", fmt.Sprintf("%s is called %s now.", before.Name, after.Name))
}

// rename is for every node; the organization itself has its own use case.
func (h *console) rename(c echo.Context, scope access.Scope, name string, version int64) (access.Scope, error) {
	ctx, caller := c.Request().Context(), web.CallerOf(c)
	if scope.Type != access.ScopeTenant {
		return h.svc.RenameScopeVersion(ctx, caller, scope.ID, name, version)
	}
	if version != scope.Version() {
		return access.Scope{}, access.ErrStale
	}
	if err := h.svc.RenameTenant(ctx, caller, name); err != nil {
		return access.Scope{}, err
	}
	return h.svc.Scope(ctx, caller, scope.ID)
}

// showNodeName is the form to add or rename, with the node as it is now.
func (h *console) showNodeName(c echo.Context, status int, screen views.NodeName) error {
	scope, err := h.node(c)
	if err != nil {
		return h.nodeGone(c, err)
	}
	if screen.Add && views.BelowWord(scope.Type) == "" {
		return inOrganization(scope.ID).notice(c, http.StatusConflict, views.Notice{
			Title: "Nothing hangs below a project",
			Text:  "Add a project to the department instead.",
		})
	}
	screen.Scope = scope
	if !screen.Add {
		screen.Version = versionText(scope)
		if status == http.StatusOK {
			screen.Name = scope.Name
		}
	}
	return inOrganization(scope.ID).show(c, status, screen.Title(), func(inPage bool) templ.Component {
		screen.InPage = inPage
		return views.NodeNameDialog(screen)
	})
}

// nodePlace is the form that hangs a project, or all those of a department, on
// another department. The other parameters are what those without scripts have
// chosen so far.
func (h *console) nodePlace(c echo.Context) error {
	return h.showMove(c, http.StatusOK, c.QueryParam(views.FieldScope), views.Problems{})
}

func (h *console) moveNode(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	scope, err := h.node(c)
	if err != nil {
		return h.nodeGone(c, err)
	}
	chosen := form.Get(views.FieldScope)
	move := h.moveOne
	if scope.Type == access.ScopeDepartment {
		move = h.moveProjects
	}
	shown, text, err := move(c, scope, form)
	if problems, ok := nodeProblems(err); ok {
		for i := range problems.Fields {
			problems.Fields[i].Field = views.FieldScope // whatever the use case calls the place
		}
		return h.showMove(c, web.StatusOf(err), chosen, problems)
	}
	if err != nil {
		return h.nodeGone(c, err)
	}
	return h.nodeChanged(c, shown, "Moved", text)
}

// moveOne answers the node to show, and what became of it.
func (h *console) moveOne(c echo.Context, scope access.Scope, form url.Values) (access.Scope, string, error) {
	parentID := form.Get(views.FieldScope)
	switch parentID {
	case "":
		return access.Scope{}, "", access.Invalid(views.FieldScope, "Choose where it goes.")
	case scope.ParentID:
		return access.Scope{}, "", access.Invalid(views.FieldScope, "It hangs there already. Choose another department.")
	}
	moved, err := h.svc.MoveScope(c.Request().Context(), web.CallerOf(c), access.ScopeMove{
		ID: scope.ID, ParentID: parentID, Version: formVersion(form.Get(views.FieldVersion)),
	})
	return moved, fmt.Sprintf("%s was moved: it is %s now.", moved.Name, moved.NamePath()), err
}

// moveProjects is moveOne for all projects of a department.
func (h *console) moveProjects(c echo.Context, scope access.Scope, form url.Values) (access.Scope, string, error) {
	toID := form.Get(views.FieldScope)
	if toID == "" {
		return access.Scope{}, "", access.Invalid(views.FieldScope, "Choose where they go.")
	}
	seen, err := strconv.Atoi(form.Get(views.FieldSeen))
	if err != nil {
		seen = -1 // a number that there never was
	}
	to, n, err := h.svc.MoveProjects(c.Request().Context(), web.CallerOf(c), access.ProjectsMove{FromID: scope.ID, ToID: toID, Seen: seen})
	return to, fmt.Sprintf("%s moved from %s to %s.", views.Counted(n, "project was", "projects were"), scope.NamePath(), to.NamePath()), err
}

func (h *console) showMove(c echo.Context, status int, chosen string, problems views.Problems) error {
	scope, err := h.node(c)
	if err != nil {
		return h.nodeGone(c, err)
	}
	if stays, is := staying(scope); is {
		return inOrganization(scope.ID).notice(c, http.StatusConflict, stays)
	}
	screen := views.MoveNode{Scope: scope, Version: versionText(scope), Problems: problems}
	if screen.Picker, err = h.scopePicker(c, chosen); err != nil {
		return err
	}
	screen.Picker.Label, screen.Picker.Hint = "Department", "A department of any cluster that has no project of this name."
	if scope.Type == access.ScopeDepartment {
		screen.Picker.Hint = "A department of any cluster that has no projects of these names."
	}
	screen.Picker.Only = access.ScopeDepartment
	if err := h.searchWithoutScripts(c, &screen.Picker, c.QueryParam(views.FieldScopeSearch)); err != nil {
		return err
	}
	return inOrganization(scope.ID).show(c, status, screen.Title(), func(inPage bool) templ.Component {
		screen.InPage = inPage
		return views.MoveNodeDialog(screen)
	})
}

// staying says of a node with which nothing can move why, and what to do.
func staying(scope access.Scope) (views.Notice, bool) {
	const title = "It stays where it is"
	switch {
	case scope.Type == access.ScopeTenant:
		return views.Notice{Title: title, Text: "Everything hangs below the organization. What can be moved are projects, from department to department."}, true
	case scope.Type == access.ScopeCluster:
		return views.Notice{Title: title, Text: "A cluster always hangs directly below the organization. What can be moved are projects, from department to department: of one cluster or to another."}, true
	case scope.Type == access.ScopeDepartment && scope.Children == 0:
		return views.Notice{Title: title, Text: "A department stays in its cluster, and this one has no projects that could be moved. Add a department to the other cluster instead, and delete this one."}, true
	}
	return views.Notice{}, false
}

// confirmDeleteNode asks before a node goes, and shows what would go with it.
func (h *console) confirmDeleteNode(c echo.Context) error {
	return h.showDeleteNode(c, http.StatusOK, views.DeleteNode{})
}

// deleteNode takes it away with what was ticked, if that is still all there is.
func (h *console) deleteNode(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	scope, err := h.node(c)
	if err != nil {
		return h.nodeGone(c, err)
	}
	screen := views.DeleteNode{WithRules: form.Get(views.FieldWithRules) == "true", WithNodes: form.Get(views.FieldWithNodes) == "true"}
	_, err = h.svc.DeleteScopeWith(c.Request().Context(), web.CallerOf(c), access.ScopeDeletion{
		ID: scope.ID, Version: formVersion(form.Get(views.FieldVersion)),
		Rules: screen.WithRules, Nodes: screen.WithNodes, Seen: seenCount(form.Get(views.FieldSeen)),
	})
	if problems, ok := nodeProblems(err); ok {
		screen.Problems = problems
		return h.showDeleteNode(c, web.StatusOf(err), screen)
	}
	if err != nil {
		return h.nodeGone(c, err)
	}
	parent, err := h.svc.Scope(c.Request().Context(), web.CallerOf(c), scope.ParentID)
	if err != nil { // what they see ended with it
		parent = access.Scope{ID: access.TenantNodeID}
	}
	return h.nodeChanged(c, parent, "Deleted", fmt.Sprintf("%s was deleted.", scope.NamePath()))
}

// seenCount reads what views.Seen wrote; what it cannot read is a count that
// there never was.
func seenCount(text string) *access.ScopeCount {
	var n access.ScopeCount
	if read, err := fmt.Sscanf(text, "%d,%d,%d", &n.Nodes, &n.Rules, &n.Applications); err != nil || read != 3 {
		n.Nodes = -1
	}
	return &n
}

func (h *console) showDeleteNode(c echo.Context, status int, screen views.DeleteNode) error {
	contents, err := h.svc.ScopeContents(c.Request().Context(), web.CallerOf(c), c.Param("node"))
	if err != nil {
		return h.nodeGone(c, err)
	}
	if contents.Scope.Type == access.ScopeTenant {
		return inOrganization(access.TenantNodeID).notice(c, http.StatusConflict, views.Notice{
			Title: "The organization stays",
			Text:  "Delete its clusters one by one, or import a file without them.",
		})
	}
	screen.Contents, screen.Version = contents, versionText(contents.Scope)
	may := func(a access.Action) bool {
		return access.Decide(web.CallerOf(c).Grants, a, access.Applications, contents.Scope.Path).Allowed
	}
	screen.SeesApplications = may(access.Read)
	screen.MayMoveThem = may(access.Read) && may(access.Update) && may(access.Delete)
	return inOrganization(contents.Scope.ID).show(c, status, "Delete "+contents.Scope.Name, func(inPage bool) templ.Component {
		screen.InPage = inPage
		return views.DeleteNodeDialog(screen)
	})
}

// capital begins a word with a capital.
func capital(word string) string { return string(word[0]-'a'+'A') + word[1:] }
