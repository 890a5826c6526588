package views

import (
	"github.com/a-h/templ"

	"latchkey/views/ui"
)

// frame is the page around the table.
func (s ApplicationsScreen) frame(f ui.FrameProps) ui.FrameProps {
	f.Title, f.Heading, f.Lead = s.Title(), s.heading(), s.lead()
	f.ReturnTo = s.here()
	f.Actions = applicationsActions(s)
	return f
}

func forbiddenFrame(f ui.FrameProps) ui.FrameProps {
	f.Title, f.Heading, f.Lead = "Applications", "", ""
	f.ReturnTo = applicationsHref
	return f
}

func firstApplicationAction(canCreate bool) templ.Component {
	if !canCreate {
		return nil
	}
	return createFirst()
}

func searchedThings(bin bool) string {
	if bin {
		return "deleted applications"
	}
	return "applications"
}
