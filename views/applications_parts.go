package views

import (
	"github.com/a-h/templ"
)

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
