package access_test

import (
	"fmt"
	"net/url"
	"testing"

	"latchkey/access"
)

func TestRolesAreListedLikeEverythingElse(t *testing.T) {
	w := newWorld(t)
	w.user("ann@example.com", viewer, "east")
	bob := w.user("bob@example.com", viewer, "east")
	w.rule(access.SubjectUser, bob.ID, viewer, "west") // twice, and still one subject
	app, _ := w.app("ci", "east")
	w.rule(access.SubjectApplication, app.ID, viewer, "")
	tests := []struct {
		query string
		want  string
	}{
		{"search=VIEWER", "[Department viewer Viewer]"},
		{"search=cLusters", "[Cloud operator]"}, // of the description
		{"filterBy=name=^cloud&sortOrder=desc&sortBy=name", "[Cloud support Cloud operator]"},
		{"filterBy=holders>=1&sortBy=holders", "[System administrator Viewer]"},
		{"filterBy=holders==3", "[Viewer]"},
		{"filterBy=id==7", "[Viewer]"},
		{"filterBy=name!@r,createdBy==System", "[]"},
		{"filterBy=description=$settings.,permissions!=0", "[Cloud operator System administrator]"},
		{"limit=2&offset=16", "[Template administrator Viewer]"},
		{"offset=100", "[]"},
	}
	for _, tt := range tests {
		t.Run(tt.query, func(t *testing.T) {
			values, err := url.ParseQuery(tt.query)
			w.must(err)
			list, err := access.ParseList(values, access.RoleSchema)
			w.must(err)
			page, err := w.ListRoles(w.ctx, w.admin, list)
			w.must(err)
			names := []string{}
			for _, row := range page.Rows {
				names = append(names, row.Name)
			}
			if fmt.Sprint(names) != tt.want {
				t.Errorf("got %v, want %s", names, tt.want)
			}
		})
	}
}

func TestRolesTellOfTheirHoldersWhatTheCallerMaySee(t *testing.T) {
	w := newWorld(t)
	w.user("ann@example.com", viewer, "east/a")
	w.user("bob@example.com", viewer, "west")
	reader := w.user("reader@example.com", departmentAdmin, "east/a")
	role, err := w.Role(w.ctx, reader, viewer)
	if err != nil || role.Holders != 1 || role.Name != "Viewer" {
		t.Errorf("got %+v (%v), want one holder", role, err)
	}
	role, err = w.Role(w.ctx, w.admin, viewer)
	if err != nil || role.Holders != 2 {
		t.Errorf("the administrator sees %+v (%v), want two holders", role, err)
	}
	_, err = w.Role(w.ctx, w.admin, 2)
	wantError(t, err, access.ErrNotFound)

	rows := 0
	w.must(w.ExportRoles(w.ctx, reader, access.List{}, func(access.RoleRow) error { rows++; return nil }))
	w.wantEvent("reader@example.com export role Succeeded")
	if n, err := w.CountRoles(w.ctx, reader, access.List{}); err != nil || n != rows || n != len(access.PredefinedRoles()) {
		t.Errorf("%d counted, %d exported (%v)", n, rows, err)
	}
	viewers := w.as(w.user("carl@example.com", viewer, "").ID)
	for name, err := range map[string]error{
		"list":   second(w.ListRoles(w.ctx, viewers, access.List{})),
		"count":  second(w.CountRoles(w.ctx, viewers, access.List{})),
		"one":    second(w.Role(w.ctx, viewers, viewer)),
		"export": w.ExportRoles(w.ctx, viewers, access.List{}, func(access.RoleRow) error { return nil }),
	} {
		t.Run(name, func(t *testing.T) { wantError(t, err, access.ErrForbidden) })
	}
}
