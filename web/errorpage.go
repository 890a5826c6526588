package web

import (
	"context"
	"html"
	"io"
	"net/http"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"latchkey/views/ui"
)

// answerPage tells a person: a whole page in the product's look, or its short
// form where only a part of a page was asked for (ux.md 43). Who is not signed
// in is asked to be.
func (s *Server) answerPage(c echo.Context, f failure) error {
	if f.status == http.StatusUnauthorized {
		return askToSignIn(c)
	}
	c.Response().Header().Add(echo.HeaderVary, varyOnFragment)
	if IsFragment(c) {
		return Render(c, f.status, errorFragment(c, f))
	}
	return Render(c, f.status, errorPage(c, f))
}

func errorFragment(c echo.Context, f failure) templ.Component {
	return within(ui.ErrorFragment(ui.ErrorPageProps{
		Heading:   wordsFor(f.status).title,
		Reference: referenceOf(c, f),
	}), text(f.message))
}

func errorPage(c echo.Context, f failure) templ.Component {
	title := wordsFor(f.status).title
	body := within(ui.ErrorBody(ui.ErrorPageProps{
		Reference: referenceOf(c, f),
		Actions:   wayOn(c, f),
	}), text(f.message))
	// The frame asks the store; where the store may be the trouble, it is left out.
	if UserOf(c).ID != "" && f.status < http.StatusInternalServerError {
		return within(ui.Frame(Frame(c, title, "")), body)
	}
	return within(ui.AuthFrame(ui.AuthProps{Title: title, Wide: true, HomeHref: Home}), body)
}

// referenceOf is the request id, which the log lines of the request carry. It is
// left out where the page itself says what to do.
func referenceOf(c echo.Context, f failure) string {
	if f.status == http.StatusUnprocessableEntity {
		return ""
	}
	return requestID(c)
}

// wayOn is what the person can do next.
func wayOn(c echo.Context, f failure) templ.Component {
	home := ui.ButtonProps{Label: "Go to the applications", Href: Home}
	if UserOf(c).ID == "" {
		home.Label = "Go to the start page"
	}
	again := isSafe(c.Request()) && (f.retryAfter > 0 || f.status >= http.StatusInternalServerError)
	if !again {
		return ui.Button(home)
	}
	here := SafeReturn(c.Request().URL.RequestURI()) // "//evil.test" is a path of ours until it stands in a link
	return both(ui.Button(ui.ButtonProps{Label: "Try again", Href: here}), ui.Button(home))
}

// within draws a component around its children.
func within(parent, children templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return parent.Render(templ.WithChildren(ctx, children), w)
	})
}

func both(first, second templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		if err := first.Render(ctx, w); err != nil {
			return err
		}
		return second.Render(ctx, w)
	})
}

// text is a paragraph of plain words.
func text(s string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, "<p>"+html.EscapeString(s)+"</p>")
		return err
	})
}
