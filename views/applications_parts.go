package views

import (
	"github.com/a-h/templ"

	"latchkey/views/ui"
)

// Page is the whole page.
func (s ApplicationsScreen) Page(frame ui.FrameProps) templ.Component {
	return tablePage(frame, s.TableScreen, s.parts())
}

// Fragment is what takes the list's place.
func (s ApplicationsScreen) Fragment() templ.Component {
	return tableFragment(s.TableScreen, s.parts())
}

func (s ApplicationsScreen) parts() tableParts {
	return tableParts{
		Actions: applicationsActions(s),
		More:    applicationsMore(s),
		Above:   bulkBanners(s.Jobs),
		Table:   applicationsTable(s),
		Empty:   applicationsEmpty(s),
		RowMenu: applicationRowMenu(s.List.Deleted),
	}
}

func firstApplicationAction(canCreate bool) templ.Component {
	if !canCreate {
		return nil
	}
	return createFirst()
}
