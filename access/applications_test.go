package access_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/access"
)

func TestCreateApplicationAnswersItAndItsKeyOnce(t *testing.T) {
	w := newWorld(t)
	app, key, err := w.CreateApplication(w.ctx, w.admin, access.NewApplication{
		Name: "ci-pipeline-prod", Description: "  builds\r\nand ships ", ScopeID: w.scopes["east"].ID, KeyLifetime: 24 * time.Hour,
	})
	w.must(err)
	if app.ClientID != "ci-pipeline-prod" || app.CreatedBy != "admin@example.com" || app.Description != "builds\nand ships" {
		t.Errorf("got %+v", app)
	}
	if app.Key.EndsIn != key.EndsIn() || !app.Key.ExpiresAt.Equal(app.CreatedAt.Add(24*time.Hour)) {
		t.Errorf("key facts are %+v", app.Key)
	}
	stored, err := w.Application(w.ctx, w.admin, app.ID)
	w.must(err)
	if fmt.Sprint(stored) != fmt.Sprint(app) {
		t.Errorf("stored   %+v\nanswered %+v", stored, app)
	}
	e := w.wantEvent("admin@example.com create application Succeeded")
	if e.EntityID != app.ID || e.EntityName != app.Name || e.Origin.SourceIP != "198.51.100.1" {
		t.Errorf("the event is %+v", e)
	}
	w.token("ci-pipeline-prod", key)
}

func TestCreateApplicationChecksWhatIsTyped(t *testing.T) {
	w := newWorld(t)
	tests := []struct{ name, says string }{
		{"", "Enter a name"},
		{"a", "at least 2"},
		{"CI", "capitals"},
		{"ci prod", "spaces"},
		{"ci-prod\n", "line break"},
		{"ci\u202eprod", "cannot be seen"},
		{"ci\x00prod", "cannot be seen"},
		{"ci\xffprod", "cannot be seen"},
		{"1ci", "begin with a letter"},
		{"ci-", "end with a letter"},
		{"cié", "small letters"},
		{strings.Repeat("a", 65), "64 are the most"},
	}
	for _, tt := range tests {
		_, _, err := w.CreateApplication(w.ctx, w.admin, access.NewApplication{Name: tt.name})
		wantInvalid(t, err, "name")
		if err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%q: %v, want %q", tt.name, err, tt.says)
		}
	}
	_, _, err := w.CreateApplication(w.ctx, w.admin, access.NewApplication{
		Name: "X", Description: "\u202e", KeyLifetime: time.Second,
	})
	wantInvalid(t, err, "name", "description", "keyLifetime")
	if n, err := w.CountAllApplications(w.ctx, w.admin, access.List{}); n != 0 || err != nil {
		t.Errorf("%d applications were made (%v)", n, err)
	}
}

func TestLimits(t *testing.T) {
	w := newWorld(t)
	longest := strings.Repeat("a", access.MaxNameLength)
	app, _, err := w.CreateApplication(w.ctx, w.admin, access.NewApplication{
		Name: longest, Description: strings.Repeat("é", access.MaxDescriptionLength),
	})
	w.must(err)
	// Composed, 1,000 characters; as typed, 2,000.
	_, err = w.DescribeApplication(w.ctx, w.admin, app.ID, strings.Repeat("e\u0301", access.MaxDescriptionLength), 0)
	w.must(err)
	_, err = w.DescribeApplication(w.ctx, w.admin, app.ID, strings.Repeat("é", access.MaxDescriptionLength+1), 0)
	wantInvalid(t, err, "description")

	// 50 rules at most.
	made := 0
	for _, role := range access.PredefinedRoles() {
		for _, scope := range []string{"", "east", "west"} {
			if made == access.MaxRulesPerSubject {
				break
			}
			w.rule(access.SubjectApplication, app.ID, role.ID, scope)
			made++
		}
	}
	_, err = w.CreateRule(w.ctx, w.admin, access.NewRule{
		SubjectType: access.SubjectApplication, Subject: app.ID, RoleID: viewer, ScopeID: w.scopes["east/a/1"].ID,
	})
	wantConflict(t, err, "")
	if err != nil && strings.Contains(err.Error(), "already exists") {
		t.Errorf("%v: scripts take this for a duplicate", err)
	}
}

func TestNamesAreUniqueAmongTheLiving(t *testing.T) {
	w := newWorld(t)
	first, _ := w.app("nightly-backup", "")
	_, _, err := w.CreateApplication(w.ctx, w.admin, access.NewApplication{Name: "nightly-backup"})
	wantConflict(t, err, "name")

	_, err = w.DeleteApplication(w.ctx, w.admin, first.ID)
	w.must(err)
	second, _ := w.app("nightly-backup", "")

	_, _, err = w.RestoreApplication(w.ctx, w.admin, first.ID, 0, "")
	wantConflict(t, err, "")
	_, err = w.DeleteApplication(w.ctx, w.admin, second.ID)
	w.must(err)
	_, _, err = w.RestoreApplication(w.ctx, w.admin, first.ID, 0, "")
	w.must(err)
}

func TestAFormTakesEffectOnce(t *testing.T) {
	w := newWorld(t)
	const posts = 8
	results := make([]error, posts)
	var group sync.WaitGroup
	for i := range posts {
		group.Go(func() {
			_, _, results[i] = w.CreateApplication(w.ctx, w.admin, access.NewApplication{Name: "one-of-many", FormKey: "form-1"})
		})
	}
	group.Wait()

	list, err := w.ListApplications(w.ctx, w.admin, access.List{})
	w.must(err)
	if len(list.Rows) != 1 {
		t.Fatalf("%d applications, want 1", len(list.Rows))
	}
	succeeded := 0
	for _, err := range results {
		var done *access.AlreadyDoneError
		switch {
		case err == nil:
			succeeded++
		case !errors.As(err, &done) || done.EntityID != list.Rows[0].ID:
			t.Errorf("got %v, want an AlreadyDoneError that names the application", err)
		}
	}
	if succeeded != 1 {
		t.Errorf("%d posts succeeded, want 1", succeeded)
	}

	// The same form key of somebody else is another form.
	other := w.user("other@example.com", administrator, "")
	_, _, err = w.CreateApplication(w.ctx, other, access.NewApplication{Name: "theirs", FormKey: "form-1"})
	w.must(err)
}

func TestAFormThatWasRefusedCanBeSentAgain(t *testing.T) {
	w := newWorld(t)
	w.app("taken", "")
	_, _, err := w.CreateApplication(w.ctx, w.admin, access.NewApplication{Name: "taken", FormKey: "form-2"})
	wantConflict(t, err, "name")
	_, _, err = w.CreateApplication(w.ctx, w.admin, access.NewApplication{Name: "free", FormKey: "form-2"})
	w.must(err)
}

func TestRegenerateWithTheSameFormKeepsTheKeyThatWasShown(t *testing.T) {
	w := newWorld(t)
	app, _ := w.app("builder", "")
	_, key, err := w.RegenerateKey(w.ctx, w.admin, app.ID, 0, "form-3")
	w.must(err)
	_, _, err = w.RegenerateKey(w.ctx, w.admin, app.ID, 0, "form-3")
	wantError(t, err, access.ErrAlreadyDone)
	w.token("builder", key)
}

func TestWhatIsNotVisibleLooksMissing(t *testing.T) {
	w := newWorld(t)
	app, _ := w.app("eastern", "east")
	west := w.user("west@example.com", administrator, "west")

	_, err := w.Application(w.ctx, west, app.ID)
	wantError(t, err, access.ErrNotFound)
	_, err = w.DeleteApplication(w.ctx, west, app.ID)
	wantError(t, err, access.ErrNotFound)
	_, _, err = w.RegenerateKey(w.ctx, west, app.ID, 0, "")
	wantError(t, err, access.ErrNotFound)
	_, err = w.ApplicationRules(w.ctx, west, app.ID)
	wantError(t, err, access.ErrNotFound)
	_, err = w.CreateRule(w.ctx, west, access.NewRule{
		SubjectType: access.SubjectApplication, Subject: "eastern", RoleID: viewer, ScopeID: w.scopes["west"].ID,
	})
	wantError(t, err, access.ErrNotFound)
}

func TestWhatIsVisibleButNotAllowedNamesThePermission(t *testing.T) {
	w := newWorld(t)
	app, key := w.app("eastern", "east")
	reader := w.user("reader@example.com", editor, "east")

	_, err := w.DeleteApplication(w.ctx, reader, app.ID)
	var denied *access.PermissionError
	if !errors.As(err, &denied) {
		t.Fatalf("got %v, want a PermissionError", err)
	}
	if denied.Action != access.Delete || denied.Resource != access.Applications || denied.ScopeName != "My organization / east" {
		t.Errorf("got %+v", denied)
	}
	e := w.wantEvent("reader@example.com delete application Failed")
	if e.EntityName != "eastern" || e.Metadata["reason"] == "" {
		t.Errorf("the event is %+v", e)
	}
	w.token("eastern", key)
}

func TestWhoMayReadNoApplicationsIsToldSo(t *testing.T) {
	w := newWorld(t)
	stranger := w.user("stranger@example.com", viewer, "")
	_, err := w.ListApplications(w.ctx, stranger, access.List{})
	wantError(t, err, access.ErrForbidden)
	err = w.ExportApplications(w.ctx, stranger, access.List{}, func(access.ApplicationRow) error { return nil })
	wantError(t, err, access.ErrForbidden)
}

func TestAnApplicationIsManagedAtTheWidestPlaceByDefault(t *testing.T) {
	w := newWorld(t)
	east := w.user("east@example.com", administrator, "east")
	w.rule(access.SubjectUser, east.ID, viewer, "")
	east = w.as(east.ID)
	app, _, err := w.CreateApplication(w.ctx, east, access.NewApplication{Name: "by-default"})
	w.must(err)
	if app.ScopePath != w.scopes["east"].Path {
		t.Errorf("managed at %s, want %s", app.ScopePath, w.scopes["east"].Path)
	}
	_, _, err = w.CreateApplication(w.ctx, east, access.NewApplication{Name: "elsewhere", ScopeID: w.scopes["west"].ID})
	wantError(t, err, access.ErrForbidden)
	_, _, err = w.CreateApplication(w.ctx, east, access.NewApplication{Name: "nowhere", ScopeID: "0000"})
	wantError(t, err, access.ErrNotFound)
}

func TestDescribeRefusesToOverwriteWhatSomebodyElseWrote(t *testing.T) {
	w := newWorld(t)
	app, _ := w.app("shared", "")
	app, err := w.DescribeApplication(w.ctx, w.admin, app.ID, "first", app.Version)
	w.must(err)
	_, err = w.DescribeApplication(w.ctx, w.admin, app.ID, "second", app.Version-1)
	wantError(t, err, access.ErrStale)
	if again, _ := w.Application(w.ctx, w.admin, app.ID); again.Description != "first" {
		t.Errorf("the description is %q", again.Description)
	}
}

func TestEnablingTwiceChangesNothing(t *testing.T) {
	w := newWorld(t)
	app, _ := w.app("idle", "")
	before := len(w.events())
	again, err := w.SetApplicationEnabled(w.ctx, w.admin, app.ID, true)
	w.must(err)
	if again.Version != app.Version || len(w.events()) != before {
		t.Errorf("version %d became %d, events %d became %d", app.Version, again.Version, before, len(w.events()))
	}
}

func TestImpactCountsWhatBreaks(t *testing.T) {
	w := newWorld(t)
	app, key := w.app("busy", "")
	w.rule(access.SubjectApplication, app.ID, viewer, "east")
	for range 4 {
		w.token("busy", key)
	}
	w.must(w.Flush(w.ctx))
	impact, err := w.ApplicationImpact(w.ctx, w.admin, app.ID)
	w.must(err)
	if impact.ActiveTokens != 4 || impact.Rules != 1 || impact.Application.Key.LastUsed.IsZero() {
		t.Errorf("got %+v", impact)
	}
}

func TestBulkReportsEachFailure(t *testing.T) {
	w := newWorld(t)
	operator := w.user("operator@example.com", cloudOperator, "east")
	mine, _ := w.app("mine", "east")
	strong, strongKey := w.app("strong", "east")
	w.rule(access.SubjectApplication, strong.ID, administrator, "")
	theirs, _ := w.app("theirs", "west")

	// Disabling takes away only, so the strong one may be disabled too.
	report, err := w.Bulk(w.ctx, operator, access.Applications, access.BulkDisable, access.Selection{IDs: []string{mine.ID, strong.ID, theirs.ID, mine.ID}})
	w.must(err)
	if len(report.Succeeded) != 2 || len(report.Failed) != 1 || !errors.Is(report.Failed[0].Err, access.ErrNotFound) {
		t.Fatalf("got %+v", report)
	}
	// Enabling the strong one would be a takeover.
	report, err = w.Bulk(w.ctx, operator, access.Applications, access.BulkEnable, access.Selection{IDs: []string{mine.ID, strong.ID}})
	w.must(err)
	if len(report.Succeeded) != 1 || len(report.Failed) != 1 || !errors.Is(report.Failed[0].Err, access.ErrForbidden) || report.Failed[0].Name != "strong" {
		t.Fatalf("got %+v", report)
	}
	_, err = w.IssueToken(w.ctx, origin("203.0.113.9"), "strong", strongKey.Reveal())
	wantError(t, err, access.ErrUnauthenticated)
}

func TestBulkOfAllThatMatchDoesWhatWasAgreedTo(t *testing.T) {
	w := newWorld(t)
	for i := range 150 {
		w.app(fmt.Sprintf("ci-%d", i), "")
	}
	keep, keepKey := w.app("keep", "")
	all := &access.List{Search: "ci-", Limit: 50, Offset: 100}

	_, err := w.Bulk(w.ctx, w.admin, access.Applications, access.BulkDelete, access.Selection{All: all, Expected: 149})
	wantConflict(t, err, "")
	_, err = w.Bulk(w.ctx, w.admin, access.Applications, access.BulkDelete, access.Selection{All: all, Expected: 151})
	wantConflict(t, err, "")
	if n, _ := w.CountAllApplications(w.ctx, w.admin, access.List{}); n != 151 {
		t.Fatalf("%d applications are left, want all 151", n)
	}
	report, err := w.Bulk(w.ctx, w.admin, access.Applications, access.BulkDelete, access.Selection{All: all, Expected: 150})
	w.must(err)
	if len(report.Succeeded) != 150 || len(report.Failed) != 0 {
		t.Fatalf("%d succeeded, %d failed", len(report.Succeeded), len(report.Failed))
	}
	w.token(keep.ClientID, keepKey)
}

func TestBulkNeedsASelectionAndAnAction(t *testing.T) {
	w := newWorld(t)
	_, err := w.Bulk(w.ctx, w.admin, access.Applications, access.BulkDelete, access.Selection{})
	wantInvalid(t, err, "ids")
	_, err = w.Bulk(w.ctx, w.admin, access.Applications, "explode", access.Selection{IDs: []string{"x"}})
	wantInvalid(t, err, "action")
	_, err = w.Bulk(w.ctx, w.admin, access.Applications, access.BulkDelete, access.Selection{All: &access.List{Deleted: true}, Expected: 1})
	wantInvalid(t, err, "ids")
}

func TestTheBinIsEmptiedAfterThirtyDays(t *testing.T) {
	w := newWorld(t)
	app, _ := w.app("old", "")
	_, err := w.DeleteApplication(w.ctx, w.admin, app.ID)
	w.must(err)
	w.clock.move(access.BinRetention - time.Minute)
	w.must(w.EmptyBin(w.ctx))
	if _, err := w.Application(w.ctx, w.admin, app.ID); err != nil {
		t.Fatalf("it left the bin too early: %v", err)
	}
	w.clock.move(2 * time.Minute)
	w.must(w.EmptyBin(w.ctx))
	_, err = w.Application(w.ctx, w.admin, app.ID)
	wantError(t, err, access.ErrNotFound)
	w.wantEvent("Latchkey delete application Succeeded")
}

func TestTheExportIsRecordedAndObeysTheReach(t *testing.T) {
	w := newWorld(t)
	w.app("eastern", "east")
	w.app("western", "west")
	west := w.user("west@example.com", administrator, "west")
	var names []string
	w.must(w.ExportApplications(w.ctx, west, access.List{}, func(row access.ApplicationRow) error {
		names = append(names, row.Name)
		return nil
	}))
	if fmt.Sprint(names) != "[western]" {
		t.Errorf("exported %v", names)
	}
	w.wantEvent("west@example.com export application Succeeded")
}
