package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"latchkey/access"
	"latchkey/views"
	"latchkey/views/ui"
	"latchkey/web"
)

// inAccount is the page that dialogs about one's own things stand on.
func inAccount() place { return place{Place: views.InAccount()} }

// frameInAccount is that of a page below one's account.
func frameInAccount(c echo.Context, title string) ui.FrameProps {
	frame := web.Frame(c, title, "")
	frame.Breadcrumb = inAccount().crumbs(frame.Breadcrumb)
	return frame
}

// account is the page of the signed-in person. It is about nobody else, and so
// it needs no permission.
func (h *console) account(c echo.Context) error {
	ctx, caller, clock := c.Request().Context(), web.CallerOf(c), h.clock(c)
	screen := views.AccountPage{User: web.UserOf(c), Clock: clock}
	sessions, err := h.svc.MySessions(ctx, caller)
	if err != nil {
		return err
	}
	screen.Sessions = sessionLines(c, sessions)
	if screen.Keys, err = h.svc.MyAccessKeys(ctx, caller); err != nil {
		return err
	}
	rules, err := h.svc.MyRules(ctx, caller)
	if err != nil {
		return err
	}
	screen.Rules = views.RulesDialog{
		Subject:   views.RuleSubject{Name: "you", Person: true, Self: true},
		Clock:     clock,
		Rules:     ruleLines(rules, caller),
		Effective: effectiveAccess(rules),
	}
	if screen.Reach, err = h.svc.ReachOf(ctx, rules); err != nil {
		return err
	}
	if screen.Activity, err = h.activityOf(c, caller.ID, caller.Name); err != nil {
		return err
	}
	return web.RenderEither(c, http.StatusOK, screen.Page(web.Frame(c, inAccount().Heading, "")), screen.Fragment())
}

// sessionLines puts the one that asks first.
func sessionLines(c echo.Context, sessions []access.Session) []views.SessionLine {
	var here, others []views.SessionLine
	for _, session := range sessions {
		if line := sessionLine(c, session); line.Here {
			here = append(here, line)
		} else {
			others = append(others, line)
		}
	}
	return append(here, others...)
}

func sessionLine(c echo.Context, s access.Session) views.SessionLine {
	return views.SessionLine{
		Handle: s.Handle(), Here: s.IDHash == web.SessionHash(c), UserAgent: s.UserAgent, SourceIP: s.SourceIP,
		SignedIn: s.CreatedAt, LastActive: s.LastSeenAt,
	}
}
