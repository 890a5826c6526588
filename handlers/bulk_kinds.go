package handlers

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/web"
)

// switched are things that sign in, and can be switched off and on again:
// applications and users. Their schemas call these columns alike.
type switched struct {
	now   func() time.Time
	find  func(ctx context.Context, caller access.Caller, id string) (switchedRow, error)
	names func(context.Context, access.Caller, access.List) ([]string, error)
	count func(context.Context, access.Caller, access.List) (int, error)
}

type switchedRow struct {
	name      string
	enabled   bool
	lastLogin time.Time // zero: never
}

func (s switched) facts(ctx context.Context, caller access.Caller, action access.BulkAction, chosen selected) (views.BulkConfirm, selected, error) {
	if chosen.all == nil {
		facts, err := s.factsOfRows(ctx, caller, action, chosen.ids)
		return facts, chosen, err
	}
	facts, err := s.factsOfAll(ctx, caller, action, *chosen.all)
	chosen.expected = facts.Number
	return facts, chosen, err
}

func (s switched) factsOfRows(ctx context.Context, caller access.Caller, action access.BulkAction, ids []string) (views.BulkConfirm, error) {
	var facts views.BulkConfirm
	since := s.now().Add(-recentUse)
	for _, id := range ids {
		row, err := s.find(ctx, caller, id)
		if errors.Is(err, access.ErrNotFound) {
			continue // the report will say so, if it is still asked for
		}
		if err != nil {
			return views.BulkConfirm{}, err
		}
		facts.Number++
		facts.Names = append(facts.Names, row.name)
		if row.lastLogin.After(since) {
			facts.InUse++
		}
		if row.enabled == (action == access.BulkEnable) && action != access.BulkDelete {
			facts.Unchanged++
		}
	}
	slices.Sort(facts.Names)
	facts.Names = facts.Names[:min(len(facts.Names), namesShown)]
	return facts, nil
}

func (s switched) factsOfAll(ctx context.Context, caller access.Caller, action access.BulkAction, list access.List) (views.BulkConfirm, error) {
	var facts views.BulkConfirm
	var err error
	if facts.Names, err = s.names(ctx, caller, list.WithLimit(namesShown)); err != nil {
		return views.BulkConfirm{}, err
	}
	used := access.Filter{Field: "lastLogin", Op: access.AtLeast, Value: wireTime(s.now().Add(-recentUse))}
	same := access.Filter{Field: "status", Op: access.Equal, Value: string(access.StatusDisabled)}
	if action == access.BulkEnable {
		same.Op = access.NotEqual
	}
	for _, part := range []struct {
		into *int
		list access.List
	}{
		{&facts.Number, list},
		{&facts.InUse, list.WithFilter(used)},
		{&facts.Unchanged, list.WithFilter(same)},
	} {
		if *part.into, err = s.count(ctx, caller, part.list); err != nil {
			return views.BulkConfirm{}, err
		}
	}
	return facts, nil
}

// bulkApplications is what is done to several applications.
func (h *console) bulkApplications() *bulk {
	sample := switched{
		now: h.cfg.Now,
		find: func(ctx context.Context, caller access.Caller, id string) (switchedRow, error) {
			app, err := h.svc.Application(ctx, caller, id)
			return switchedRow{name: app.Name, enabled: app.Enabled, lastLogin: app.LastLogin}, err
		},
		names: func(ctx context.Context, caller access.Caller, l access.List) ([]string, error) {
			page, err := h.svc.ListApplications(ctx, caller, l)
			return namesOf(page, func(row access.ApplicationRow) string { return row.Name }), err
		},
		count: h.svc.CountAllApplications,
	}
	return &bulk{
		console: h, of: access.Applications, table: views.ApplicationsTable, place: inApplications(),
		alone:   []string{"rules", "regenerate", "restore", "disable", "delete"},
		href:    views.ApplicationHref,
		actions: []access.BulkAction{access.BulkEnable, access.BulkDisable, access.BulkMove, access.BulkDelete},
		facts:   sample.facts,
		finish: func(c echo.Context, n *views.Notice, o bulkOutcome) {
			if to, err := h.svc.Scope(c.Request().Context(), web.CallerOf(c), o.to); o.to != "" && err == nil {
				n.Text = n.Title + " to " + to.NamePath() + "."
			}
			if o.action == access.BulkDelete {
				n.Action = views.Link{Label: "Show the bin", Href: home + "?deleted=true"}
			} else if o.first != "" {
				n.Focus = views.NameLink(o.first)
			}
		},
	}
}

func namesOf[Row any](page access.Page[Row], name func(Row) string) []string {
	var names []string
	for _, row := range page.Rows {
		names = append(names, name(row))
	}
	return names
}

// bulkUsers is what is done to several users.
func (h *console) bulkUsers() *bulk {
	sample := switched{
		now: h.cfg.Now,
		find: func(ctx context.Context, caller access.Caller, id string) (switchedRow, error) {
			user, err := h.svc.User(ctx, caller, id)
			return switchedRow{name: user.Email, enabled: !user.Disabled, lastLogin: user.LastLogin}, err
		},
		names: func(ctx context.Context, caller access.Caller, l access.List) ([]string, error) {
			page, err := h.svc.ListUsers(ctx, caller, l)
			return namesOf(page, func(row access.UserRow) string { return row.Email }), err
		},
		count: h.svc.CountUsers,
	}
	return &bulk{
		console: h, of: access.Users, table: views.UsersTable, place: inUsers(),
		alone:   []string{"rules", string(views.UserResetPassword), string(views.UserSignOut), "disable", "delete"},
		href:    views.UserHref,
		actions: []access.BulkAction{access.BulkEnable, access.BulkDisable, access.BulkDelete},
		facts:   sample.facts,
	}
}
