package handlers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/web"
)

// roles is the table of roles.
func (h *console) roles() *table[access.RoleRow] {
	return &table[access.RoleRow]{
		console: h,
		kind:    views.RolesTable,
		nav:     web.NavRoles,
		list:    h.svc.ListRoles,
		count: func(ctx context.Context, caller access.Caller, l access.List) (access.Count, error) {
			n, err := h.svc.CountRoles(ctx, caller, l)
			return access.Count{N: n, Exact: true}, err
		},
		countAll: h.svc.CountRoles,
		export:   h.svc.ExportRoles,
		screen: func(_ access.Caller, s views.TableScreen, rows []access.RoleRow) views.Screen {
			return views.RolesScreen{TableScreen: s, Rows: rows}
		},
		cell: roleCell,
	}
}

// roleCell is a column of the file.
func roleCell(row access.RoleRow, column string, _ views.Clock) string {
	switch column {
	case "name":
		return row.Name
	case "description":
		return row.Description
	case "permissions":
		return strconv.Itoa(row.PermissionCount)
	case "holders":
		return strconv.Itoa(row.Holders)
	case "createdBy":
		return access.RolesMadeBy
	case "id":
		return formatID(row.ID)
	default:
		return ""
	}
}

// holdersShown is how many rules the page of a role shows.
const holdersShown = 10

// role is what a role allows, and who holds it and where.
func (h *console) role(c echo.Context) error {
	ctx, caller := c.Request().Context(), web.CallerOf(c)
	row, err := h.svc.Role(ctx, caller, roleID(c.Param("role")))
	if errors.Is(err, access.ErrForbidden) {
		return h.roles().mayNotSee(c, err)
	}
	if err != nil {
		return err
	}
	holders := access.List{Limit: holdersShown, Sort: access.Sort{Field: "subjectId"}}
	rules, err := h.svc.ListRules(ctx, caller, holders, access.RuleSelection{RoleID: row.ID})
	if err != nil {
		return err
	}
	search, err := searchOf(c, access.RoleSchema)
	if err != nil {
		return err
	}
	screen := views.RolePage{
		Role: row, Matrix: matrixOf(row.Role, access.Role{}).Matching(search), Search: search,
		Rules: rules.Rows, More: rules.Next != "", Clock: h.clock(c),
	}
	page := views.RoleDetails(web.FrameBelow(c, row.Name, web.NavRoles), screen)
	return web.RenderEither(c, http.StatusOK, page, views.RolePermissions(screen))
}

// searchOf is what is searched for, under the rules of every list.
func searchOf(c echo.Context, schema *access.Schema) (string, error) {
	list, err := access.ParseList(url.Values{"search": c.QueryParams()["search"]}, schema)
	if err != nil {
		return "", badList(err)
	}
	return list.Search, nil
}

// roleID reads the id of a role; what is none is the id of no role.
func roleID(text string) int32 {
	id, err := strconv.ParseInt(text, 10, 32)
	if err != nil || id <= 0 {
		return 0
	}
	return int32(id)
}

// compareRoles is two roles side by side; the address says which.
func (h *console) compareRoles(c echo.Context) error {
	ctx, caller := c.Request().Context(), web.CallerOf(c)
	all := access.List{Limit: access.MaxLimit}
	page, err := h.svc.ListRoles(ctx, caller, all)
	if errors.Is(err, access.ErrForbidden) {
		return h.roles().mayNotSee(c, err)
	}
	if err != nil {
		return err
	}
	search, err := searchOf(c, access.RoleSchema)
	if err != nil {
		return err
	}
	screen := views.RoleComparison{OnlyDifferences: c.QueryParam(views.FieldOnlyDifferences) != "", Search: search}
	for _, row := range page.Rows {
		screen.Roles = append(screen.Roles, row.Role)
	}
	status := http.StatusOK
	for field, role := range map[string]*access.Role{views.FieldCompareA: &screen.A, views.FieldCompareB: &screen.B} {
		asked := c.QueryParam(field)
		known := false
		if *role, known = access.RoleByID(roleID(asked)); asked != "" && !known {
			screen.Problem = fmt.Sprintf("There is no role %s. Choose two from the lists.", strconv.Quote(asked))
			status = http.StatusNotFound
		}
	}
	screen.Matrix = matrixOf(screen.A, screen.B)
	whole := views.CompareRoles(web.FrameBelow(c, "Compare roles", web.NavRoles), screen)
	return web.RenderEither(c, status, whole, views.ComparedPermissions(screen))
}

// matrixOf is what two roles allow, by groups of resource types; a role without
// grants stands for none. Types that share a name on the screen, and are allowed
// alike, are one line.
func matrixOf(a, b access.Role) views.Matrix {
	var m views.Matrix
	for _, group := range groupOrder {
		lines, without := matrixLines(group, a, b)
		if len(lines) > 0 {
			m.Groups = append(m.Groups, views.MatrixGroup{Name: group.DisplayName(), Lines: lines})
		}
		m.Without = append(m.Without, without...)
	}
	slices.Sort(m.Without)
	return m
}

func matrixLines(group access.ResourceGroup, a, b access.Role) (lines []views.MatrixLine, without []string) {
	for _, resource := range access.Resources() {
		if resource.Group != group {
			continue
		}
		line := matrixLine(resource, a, b)
		if line.A|line.B == 0 {
			without = append(without, line.Resource)
		} else if !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	slices.SortStableFunc(lines, func(x, y views.MatrixLine) int { return cmp.Compare(x.Resource, y.Resource) })
	return lines, slices.Compact(without)
}

func matrixLine(resource access.Resource, a, b access.Role) views.MatrixLine {
	line := views.MatrixLine{Resource: resource.DisplayName, A: a.Allows(resource.Type), B: b.Allows(resource.Type)}
	either := access.Permission{Resource: resource.Type, Actions: line.A | line.B}
	line.Grants, line.Destroys = grantsAccess(either), either.Actions.Has(access.Delete)
	return line
}
