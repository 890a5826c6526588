package views

import (
	"strconv"
	"strings"

	"latchkey/access"
	"latchkey/views/ui"
)

func (s TableScreen) limit() int { return max(1, s.List.Limit) }

func (s TableScreen) pageNumber() int {
	if s.List.After != "" || s.List.Before != "" {
		return max(1, s.List.Page)
	}
	return s.List.Offset/s.limit() + 1
}

// lastPage is 0 where the number of rows is not known exactly.
func (s TableScreen) lastPage() int {
	if !s.Count.Exact {
		return 0
	}
	return max(1, (s.Count.N+s.limit()-1)/s.limit())
}

func (s TableScreen) toPage(number int) string {
	return s.href(s.List.WithOffset((number - 1) * s.limit()))
}

func (s TableScreen) pager() ui.PagerProps {
	page := s.pageNumber()
	p := ui.PagerProps{
		Summary:     s.summary(),
		Label:       "Pages of " + strings.ToLower(s.heading()),
		Pages:       s.pageLinks(),
		Sizes:       s.sizes(),
		ShowingSize: strconv.Itoa(s.limit()),
	}
	if page > 1 {
		p.First = s.toPage(1)
	}
	switch {
	case page == 2:
		p.Previous = s.toPage(1)
	case s.Previous != "" && page > 1:
		p.Previous = s.href(s.List.WithBefore(s.Previous, page-1))
	}
	if s.Next != "" {
		p.Next = s.href(s.List.WithAfter(s.Next, page+1))
	}
	return p
}

// summary is "1 to 50 of 60".
func (s TableScreen) summary() string {
	from := s.List.Offset + 1
	if s.List.After != "" || s.List.Before != "" {
		from = (s.pageNumber()-1)*s.limit() + 1
	}
	to := from + s.Length - 1
	total := Grouped(s.Count.N)
	if !s.Count.Exact {
		total = "over " + total
	}
	return Grouped(from) + " to " + Grouped(to) + " of " + total
}

func (s TableScreen) pageLinks() []ui.PageLink {
	last := s.lastPage()
	if last <= 1 {
		return nil
	}
	page := s.pageNumber()
	numbers := pageWindow(page, last)
	links := make([]ui.PageLink, len(numbers))
	for i, n := range numbers {
		if n == 0 {
			links[i] = ui.PageLink{Label: "…"}
			continue
		}
		links[i] = ui.PageLink{Label: Grouped(n), Href: s.toPage(n), Current: n == page}
	}
	return links
}

// PageSizes are the numbers of rows per page that the pager offers.
func PageSizes() []int { return []int{25, 50, 100, 200} }

func (s TableScreen) sizes() []ui.PageLink {
	sizes := PageSizes()
	if s.Count.Exact && s.Count.N <= sizes[0] && s.limit() == access.DefaultLimit {
		return nil // all on one page whatever is chosen
	}
	links := make([]ui.PageLink, len(sizes))
	for i, n := range sizes {
		links[i] = ui.PageLink{Label: strconv.Itoa(n), Href: s.href(s.List.WithLimit(n)), Current: n == s.limit()}
	}
	return links
}

// noneYet reports that nothing was ever created, or that all of it is in the bin.
func (s TableScreen) noneYet() bool {
	return s.Count.N == 0 && !s.List.IsFiltered() && !s.List.Deleted
}

// pastEnd reports that the page asked for is empty although there are rows.
func (s TableScreen) pastEnd() bool {
	return s.Count.N > 0 && (s.List.Offset > 0 || s.List.After != "" || s.List.Before != "")
}

// lastPageHref leads to the last page, or to the first where the last is not known.
func (s TableScreen) lastPageHref() string { return s.toPage(max(1, s.lastPage())) }
