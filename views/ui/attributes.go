package ui

import (
	"strings"

	"github.com/a-h/templ"
)

// The ids that parts, pages and console.js agree on.
const (
	MainID          = "main"           // the landmark the skip link leads to
	HeadingID       = "page-heading"   // the h1; takes focus after a change of page
	MessagesID      = "messages"       // lasting messages of outcomes, above the content
	ListID          = "list"           // what a change of search, filter, sort or page replaces
	ListPageID      = "list-page"      // the list with its search box; requests for it replace each other
	SearchFormID    = "search"         // the search form, outside ListID so that typing is never disturbed
	SearchInputID   = "search-input"   //
	SelectionFormID = "selection"      // the form that row checkboxes and actions belong to
	AddFilterID     = "add-filter"     // the Add filter button; focus comes here when the last chip goes
	DialogContentID = "dialog-content" // what dialog requests replace; never the dialog element
)

// ListAttributes makes a plain link replace the list without loading the page. The link's href stays what it was.
func ListAttributes(href string) templ.Attributes {
	return templ.Attributes{
		"hx-get":      href,
		"hx-target":   "#" + ListID,
		"hx-swap":     "outerHTML",
		"hx-push-url": "true",
		"hx-sync":     "#" + ListPageID + ":replace",
	}
}

// dialogAttributes marks a link or button whose answer opens in the dialog.
func dialogAttributes(opens bool) templ.Attributes {
	if !opens {
		return nil
	}
	return templ.Attributes{"data-dialog": true, "aria-haspopup": "dialog"}
}

// HiddenField is a value that travels with a form unseen.
type HiddenField struct {
	Name, Value string
}

// joinIDs gives the value of aria-describedby: the ids that are not empty.
func joinIDs(ids ...string) string {
	present := make([]string, 0, len(ids))
	for _, id := range ids {
		if id != "" {
			present = append(present, id)
		}
	}
	return strings.Join(present, " ")
}

// idIf gives an id only when the thing it names is drawn.
func idIf(drawn bool, id string) string {
	if drawn {
		return id
	}
	return ""
}

func trueFalse(b bool) string {
	if b {
		return "true"
	}
	return "false"
}
