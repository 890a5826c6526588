package e2e

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// atTheTable is somebody signed in to the sample organisation, at an address.
func atTheTable(t *testing.T, path string) *tab {
	t.Helper()
	i := withAdministrator(t)
	i.run("demo")
	p := signIn(t, i.serve())
	p.visit(path)
	p.settled()
	return p
}

// until waits until a script says yes.
func (p *tab) until(what, script string) {
	p.t.Helper()
	eventually(p.t, p.ctx, func() string {
		if yes, err := chromedp.Run(p.ctx, chromedp.Evaluate[bool](script, chromedp.EvalAwaitPromise)); err != nil || !yes {
			return fmt.Sprintf("%s (%v); the focus is on %q", what, err, p.focusName())
		}
		return ""
	})
}

func (p *tab) focusName() string {
	p.t.Helper()
	n := p.focused()
	if n == nil {
		return "the page"
	}
	return valueText(n.Name)
}

// wantFocus waits until the focus is on a thing of this name.
func (p *tab) wantFocus(name string) {
	p.t.Helper()
	eventually(p.t, p.ctx, func() string {
		if got := p.focusName(); plainName(got) != plainName(name) {
			return fmt.Sprintf("the focus is on %q, not on %q", got, name)
		}
		return ""
	})
}

func (p *tab) focusOn(css string) {
	p.t.Helper()
	if !evaluate[bool](p, fmt.Sprintf(`(e => { e?.focus(); return e === document.activeElement })(document.querySelector(%q))`, css)) {
		p.t.Fatalf("%s cannot be focused", css)
	}
}

// statusSays waits until the status region, which screen readers read out, says a text.
func (p *tab) statusSays(text string) {
	p.t.Helper()
	p.until("nobody hears "+text, fmt.Sprintf(`document.getElementById("live").textContent === %q`, text))
}

// offline cuts the tab off from the network, and says so to its page.
func (p *tab) offline(off bool) {
	p.t.Helper()
	call(p, network.OverrideNetworkState, network.OverrideNetworkStateParams{Offline: off, DownloadThroughput: -1, UploadThroughput: -1})
	call(p, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{Offline: off, DownloadThroughput: -1, UploadThroughput: -1}},
	})
}

// The seven standard columns fit beside the navigation at 1280, with whole
// names, and the page has one scroll bar: that of the table.
func TestTheStandardColumnsFit(t *testing.T) {
	p := atTheTable(t, "/applications")
	p.resize(1280, 860)
	got := evaluate[[]int](p, `(() => {
		const scroll = document.querySelector(".table-scroll")
		const cut = [...document.querySelectorAll("tbody th a")].filter(a => a.scrollWidth > a.clientWidth + 1 || a.offsetWidth > a.closest("th").clientWidth)
		return [scroll.scrollWidth - scroll.clientWidth, document.documentElement.scrollHeight - innerHeight, cut.length, document.querySelectorAll("thead th a").length]
	})()`)
	if !slices.Equal(got, []int{0, 0, 0, 7}) {
		t.Errorf("the table is %d px too wide, the page %d px too high, %d names are cut, of %d columns", got[0], got[1], got[2], got[3])
	}
}

// One header says how the table is sorted; a click, Enter and Space sort, first
// ascending, then descending, and the focus stays.
func TestTheHeadersSort(t *testing.T) {
	p := atTheTable(t, "/applications?limit=25")
	sorted := `[...document.querySelectorAll("th[aria-sort]")].map(t => t.innerText.trim() + " " + t.ariaSort)`
	if got := evaluate[[]string](p, sorted); !slices.Equal(got, []string{"Application ascending"}) {
		t.Errorf("at first it is sorted by %q", got)
	}
	for _, tt := range []struct{ column, key, want string }{
		{"createdBy", "Enter", "Created by ascending"}, {"createdBy", "Space", "Created by descending"}, {"status", "Space", "Status ascending"},
	} {
		p.focusOn("#sort-" + tt.column)
		p.press(tt.key)
		p.until("not "+tt.want, fmt.Sprintf(`String(%s) === %q`, sorted, tt.want))
		p.settled()
		p.wantFocus(strings.TrimSuffix(strings.TrimSuffix(tt.want, " ascending"), " descending"))
	}
	p.visit("/applications?sortBy=createdBy&limit=25")
	var people []string
	for page := 1; page <= 3; page++ {
		people = append(people, evaluate[[]string](p, `[...document.querySelectorAll("tbody .cell-cut")].map(e => e.textContent)`)...)
		if page < 3 {
			p.click(link("Next page"))
			p.until("not on the next page", fmt.Sprintf(`location.search.includes("page=%d")`, page+1))
			p.settled()
		}
	}
	if len(people) != 58 || !slices.IsSorted(people) {
		t.Errorf("the order does not hold over all pages: %q", people)
	}
}

// Each filter is a chip that can be taken away with the keyboard; the focus goes
// to the next chip, then to Add filter; every change starts at the first page.
func TestFiltersComeAndGoByTheKeyboard(t *testing.T) {
	p := atTheTable(t, "/applications?limit=25&filterBy=name=@a,status!=Disabled,createdBy=@acme&offset=25")
	p.node(control("Clear all"))
	p.focusOn("#chip-1")
	p.press("Enter")
	p.gone(control("Remove filter: Status is not Disabled"))
	p.wantFocus("Remove filter: Created by contains acme")
	if strings.Contains(p.location(), "offset") || !strings.Contains(p.location(), "createdBy") {
		t.Errorf("the address is %s", p.location())
	}
	p.press("Enter")
	p.gone(control("Remove filter: Created by contains acme"))
	p.wantFocus("Add filter")
	if p.has(control("Clear all")) {
		t.Error("one filter alone needs no Clear all")
	}
	p.press("Enter") // opens the panel
	p.wantFocus("Column")
	p.typeText("Created by")
	p.press("Tab")
	p.press("Tab")
	p.typeText("ines")
	p.press("Enter")
	p.node(control("Remove filter: Created by contains ines"))
	p.wantFocus("Add filter")
}

// Typing asks for little, late answers change nothing, Enter asks at once, and
// the count is told.
func TestSearchWhileTyping(t *testing.T) {
	p := atTheTable(t, "/applications")
	p.hold("*/applications?search=*")
	p.focusOn("#search-input")
	p.forgetRequests()
	p.typeText("climate")
	p.until("nothing was asked", `document.querySelector(".htmx-request") !== null`)
	if asked := p.requested(); len(asked) > 2 {
		t.Errorf("seven letters asked %d times", len(asked))
	}
	p.typeText("-r")
	p.press("Enter")
	p.until("Enter asked nothing", `document.querySelector(".htmx-request") !== null`)
	call(p, fetch.Disable, struct{}{}) // lets go of all that still wait; the first was given up
	p.gone(link("climate-archive"))
	p.statusSays("1 application matches")
	if got := p.rows(); !slices.Equal(got, []string{"climate-runner"}) || p.value("Search applications") != "climate-r" {
		t.Errorf("%q shows %q", p.value("Search applications"), got)
	}
	p.wantFocus("Search applications")
	p.press("Escape")
	p.node(link("airflow-prod"))
	p.press("Escape")
	if p.focused() != nil {
		t.Error("the second Escape does not leave the field")
	}
	p.press("/")
	p.wantFocus("Search applications")
	p.press("Control+a") // DevTools writes the slash although the page took the key
	p.typeText("a/b")
	if got := p.value("Search applications"); got != "a/b" {
		t.Errorf("typing a/b gives %q", got)
	}
}

// Single keys can be turned off, and do nothing while a dialog is open.
func TestSingleKeysCanBeTurnedOff(t *testing.T) {
	p := atTheTable(t, "/applications?limit=10")
	p.choose(control("+New application"))
	p.node(dialog("New application"))
	p.focusOn("dialog [data-dialog-close]")
	p.press("/")
	if !p.focusIsInDialog() {
		t.Error("/ left the dialog")
	}
	p.press("Escape")
	p.gone(dialog("New application"))
	p.press("?")
	p.click(control("Turn single-key shortcuts off"))
	p.press("Escape")
	p.reload()
	p.press("/")
	if p.focusName() == "Search applications" {
		t.Error("/ works although it was turned off")
	}
}

// A slow list keeps its rows, says so after a while, and moves nothing.
func TestASlowListSaysSo(t *testing.T) {
	p := atTheTable(t, "/applications")
	before := p.rows()
	_, release := p.hold("*/applications?sortBy=*")
	p.focusOn("#sort-createdBy")
	p.press("Enter")
	p.statusSays("Loading")
	if got := evaluate[[]bool](p, `[document.querySelector(".table-frame").ariaBusy === "true", document.querySelectorAll("tbody tr").length === 50]`); !got[0] || !got[1] {
		t.Error("the old rows do not stay, dimmed")
	}
	release()
	p.until("the list did not come", `location.search !== "" && document.querySelector(".table-frame").ariaBusy === null`)
	p.statusSays("58 applications")
	if slices.Equal(p.rows(), before) {
		t.Error("the list is not sorted")
	}
	p.expect("ERR_INTERNET_DISCONNECTED")
	p.expect("Failed to fetch")
	p.offline(true)
	p.focusOn("#sort-status")
	p.press("Enter")
	p.sees("You are offline")
	p.wantFocus("Status")
	p.offline(false)
	p.click(control("Retry"))
	p.until("Retry did not load", `location.search.includes("sortBy=status")`)
}

// Neither the head of the table nor the action bar covers what has the focus.
func TestTheFocusIsNeverCovered(t *testing.T) {
	p := atTheTable(t, "/applications?limit=25")
	for _, size := range [][2]int64{{1280, 560}, {360, 640}} {
		p.resize(size[0], size[1])
		p.focusOn("tbody [data-select-row]")
		p.press("Space")
		for n := range 40 {
			p.press("Tab")
			if covered := evaluate[string](p, `(() => {
				const a = document.activeElement, b = a.getBoundingClientRect()
				if (!a.closest("tbody")) return ""
				const seen = [.1, .5, .9].some(x => { const hit = document.elementFromPoint(b.left + b.width * x, b.top + b.height / 2); return hit && (hit.contains(a) || a.contains(hit)) })
				return seen ? "" : a.outerHTML.slice(0, 120)
			})()`); covered != "" {
				t.Fatalf("at %d, after %d Tabs, nothing can be seen of %s", size[0], n+1, covered)
			}
		}
		p.focusOn("[data-clear-selection]")
		p.press("Enter")
		p.wantFocus("Select all rows on this page")
	}
}

// Rows are selected one by one, in ranges, and all that match; what is done to
// all of them is done to no others.
func TestSelectingRows(t *testing.T) {
	p := atTheTable(t, "/applications?filterBy=status==Active")
	ofAll := `document.querySelector("[data-action-bar]").dataset.total`
	active := counted(t, evaluate[string](p, ofAll))
	p.visit("/applications?filterBy=createdBy=@ines,status==Active&limit=5")
	p.focusOn("tbody tr:nth-child(1) [data-select-row]")
	p.press("Space")
	p.focusOn("tbody tr:nth-child(3) [data-select-row]")
	p.press("Shift+Space")
	total := evaluate[string](p, ofAll)
	p.statusSays("3 of " + total + " selected")
	if !evaluate[bool](p, `document.querySelector("[data-select-all]").indeterminate`) {
		t.Error("the box of the head is not half ticked")
	}
	p.click(checkbox("Select all rows on this page"))
	p.click(button("Select all " + total + " that match"))
	p.statusSays("All " + total + " selected")
	p.click(control("Disable").of(selectedRows))
	p.click(button("Disable").of(dialog("Disable " + total + " applications?")))
	p.sees(total + " applications disabled")
	p.visit("/applications?filterBy=createdBy=@ines,status==Active")
	p.sees("No application matches")
	p.visit("/applications?filterBy=status==Active")
	p.sees(fmt.Sprintf("%d applications", active-counted(t, total)))
}

func counted(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Menus open with Enter, Space and Down, and are walked with arrows, Home, End
// and letters; Escape goes back to the button.
func TestMenusByTheKeyboard(t *testing.T) {
	p := atTheTable(t, "/applications?limit=10")
	for _, tt := range []struct{ button, first, last, typed, letter string }{
		{"[data-row-menu]", "Access rules", "Delete", "Regenerate key", "r"},
		{"#more", "Download as CSV", "Exact times", "Roomy rows", "roo"},
	} {
		p.focusOn(tt.button)
		name := p.focusName()
		for _, key := range []string{"Enter", "Space", "ArrowDown"} {
			p.focusOn(tt.button)
			p.press(key)
			p.wantFocus(tt.first)
			if got := evaluate[string](p, fmt.Sprintf(`document.querySelector(%q).ariaExpanded`, tt.button)); got != "true" {
				t.Errorf("%s: opened by %s, the button says expanded=%s", name, key, got)
			}
			p.press("Escape")
			p.wantFocus(name)
		}
		p.press("ArrowUp")
		p.wantFocus(tt.last)
		p.press("Home")
		p.wantFocus(tt.first)
		p.press("End")
		p.wantFocus(tt.last)
		p.typeText(tt.letter)
		p.wantFocus(tt.typed)
		p.press("Escape")
		p.wantFocus(name)
	}
}

// Times are told as distances with the exact time beside them, or exactly.
func TestTimesInTheTable(t *testing.T) {
	p := atTheTable(t, "/applications")
	words := regexp.MustCompile(`^(just now|1 (minute|hour|day) ago|\d+ (minutes|hours|days) ago|\d{1,2} [A-Z][a-z]{2}( \d{4})?)$`)
	exact := regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ \d{4}-\d\d-\d\d \d\d:\d\d:\d\d GMT$`)
	all := evaluate[[][2]string](p, `[...document.querySelectorAll("tbody time")].map(t => [t.innerText, t.dateTime + " " + t.title])`)
	if len(all) < 100 {
		t.Fatalf("only %d times", len(all))
	}
	for _, at := range all {
		if !words.MatchString(at[0]) || !exact.MatchString(at[1]) {
			t.Errorf("a time reads %q, %s", at[0], at[1])
		}
	}
	p.sees("Never")
	p.click(control("More"))
	p.click(control("Exact times"))
	p.until("times are not exact", `[...document.querySelectorAll("tbody time")].every(t => t.innerText === t.title)`)
}

// Everything that can be pressed is large enough: 24 px, and 44 for fingers.
func TestTargetsAreLargeEnough(t *testing.T) {
	p := atTheTable(t, "/applications?limit=10&filterBy=name=@a,status==Active")
	small := func(least int) []string {
		return evaluate[[]string](p, fmt.Sprintf(`[...document.querySelectorAll("a, button, input:not([type=hidden]), select")]
			.filter(e => e.getClientRects().length && !e.matches(".skip"))
			.map(e => [(e.closest("label") || e).getBoundingClientRect(), e.outerHTML.slice(0, 100)])
			.filter(([box]) => Math.min(box.width, box.height) < %d).map(([box, text]) => Math.round(box.width) + "x" + Math.round(box.height) + " " + text)`, least))
	}
	if got := small(24); len(got) > 0 {
		t.Errorf("too small for a pointer: %q", got)
	}
	call(p, emulation.SetTouchEmulationEnabled, emulation.SetTouchEmulationEnabledParams{Enabled: true})
	call(p, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: 360, Height: 640, DeviceScaleFactor: 1, Mobile: true})
	p.reload()
	p.settled()
	if got := small(44); len(got) > 0 {
		t.Errorf("too small for a finger: %q", got)
	}
	if got := evaluate[string](p, `getComputedStyle(document.getElementById("search-input")).fontSize`); got != "16px" {
		t.Errorf("the search is written in %s: a telephone zooms in", got)
	}
	if excess := evaluate[int](p, `document.documentElement.scrollWidth - innerWidth`); excess > 0 {
		t.Errorf("the page scrolls %d px sideways", excess)
	}
}

// WCAG text spacing at 320 px clips nothing, and with reduced motion nothing moves.
func TestTextSpacingAndStillness(t *testing.T) {
	p := atTheTable(t, "/applications?limit=10")
	p.resize(320, 640)
	p.visit("/applications?limit=10&filterBy=name=@a")
	clipped := evaluate[[]string](p, `(() => {
		const sheet = new CSSStyleSheet()
		sheet.replaceSync("* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important } p { margin-bottom: 2em !important }")
		document.adoptedStyleSheets = [sheet]
		return [...document.querySelectorAll("button, a, label, h1, p, th, .status, .chip")]
			.filter(e => e.getClientRects().length && !e.closest(".visually-hidden, .skip") && getComputedStyle(e).overflow === "hidden" && (e.scrollHeight > e.clientHeight + 1 || e.scrollWidth > e.clientWidth + 1))
			.map(e => e.outerHTML.slice(0, 120)).concat(document.documentElement.scrollWidth > innerWidth ? ["the page scrolls sideways"] : [])
	})()`)
	if len(clipped) > 0 {
		t.Errorf("clipped: %q", clipped)
	}
	if moving := evaluate[int](p, `[...document.querySelectorAll("*")].filter(e => { const s = getComputedStyle(e); return parseFloat(s.transitionDuration) > 0 || parseFloat(s.animationDuration) > 0 }).length`); moving > 0 {
		t.Errorf("%d things move although motion is reduced", moving)
	}
}

// The theme is the person's, and stands in the page as it comes from the server.
func TestTheThemeIsKept(t *testing.T) {
	p := atTheTable(t, "/applications?limit=10")
	p.click(control(adminEmail))
	p.click(control("Dark theme"))
	p.until("the theme was not saved", `fetch(location.href).then(a => a.text()).then(text => /<html[^>]*data-theme="dark"/.test(text))`)
	if got := evaluate[string](p, `getComputedStyle(document.documentElement).colorScheme`); got != "dark" {
		t.Errorf("color-scheme is %s", got)
	}
}

// The skip link comes first; another page of the list has another title, and
// the focus on its heading.
func TestPagesHaveNames(t *testing.T) {
	p := atTheTable(t, "/applications")
	p.press("Tab")
	p.wantFocus("Skip to main content")
	p.click(link("Next page"))
	p.until("the title does not name the page", `document.title === "Applications (page 2 of 2) - Latchkey"`)
	p.settled()
	p.wantFocus("Applications")
	got := evaluate[[]int](p, `["h1", "header", "main", "nav [aria-current=page]", "[role=search]"].map(css => document.querySelectorAll(css).length)`)
	if !slices.Equal(got, []int{1, 1, 1, 1, 1}) {
		t.Errorf("headings, headers, mains, current items and searches: %v", got)
	}
}

// Whoever pages while others write sees every row once.
func TestPagingWhileOthersWrite(t *testing.T) {
	i := withAdministrator(t)
	i.run("demo")
	p := signIn(t, i.serve())
	p.visit("/applications?limit=25")
	var seen []string
	for page := 1; page <= 3; page++ {
		seen = append(seen, p.rows()...)
		if page == 3 {
			break
		}
		i.createApplication(fmt.Sprintf("aaa-%d", page)) // before all that was seen
		p.click(link("Next page"))
		p.until("not on the next page", fmt.Sprintf(`location.search.includes("page=%d")`, page+1))
	}
	if len(seen) != 58 || !slices.IsSorted(seen) || len(slices.Compact(slices.Clone(seen))) != 58 {
		t.Errorf("%d rows were seen: %q", len(seen), seen)
	}
}

// A download says beforehand what it holds, and holds what the table shows.
func TestTheDownloadIsTheTable(t *testing.T) {
	p := atTheTable(t, "/applications?search=ci&sortBy=createdAt&sortOrder=desc")
	shown := p.rows()
	download := p.expectDownload()
	p.click(control("More"))
	p.sees(fmt.Sprintf("%d rows, 7 columns shown of 12", len(shown)))
	p.click(control("Download as CSV"))
	path := download()
	var names []string
	for _, row := range readCSV(t, path)[1:] {
		names = append(names, row[0])
	}
	if !slices.Equal(names, shown) {
		t.Errorf("the file holds %q, the table %q", names, shown)
	}
	if !regexp.MustCompile(`applications-\d{4}-\d\d-\d\dT\d{4}Z\.csv$`).MatchString(path) {
		t.Errorf("the file is %s", path)
	}
}

// The choice of columns is the person's in every browser.
func TestColumnsFollowThePerson(t *testing.T) {
	i := withAdministrator(t)
	i.run("demo")
	s := i.serve()
	p := signIn(t, s)
	p.click(control("Columns"))
	p.click(checkbox("Created by"))
	p.click(checkbox("Last login"))
	p.click(button("Apply"))
	p.until("the columns are still there", `document.querySelectorAll("thead th a").length === 5`)
	other := signIn(t, s)
	got := evaluate[[]string](other, `[...document.querySelectorAll("thead th:has(a)")].map(t => t.innerText.trim() + " " + t.ariaColIndex)`)
	want := []string{"Application 2", "Status 3", "Access rule(s) 4", "Creation time 7", "Last updated 8"}
	if !slices.Equal(got, want) || evaluate[string](other, `document.querySelector("table").ariaColCount`) != "14" {
		t.Errorf("another browser shows %q of %s, not %q", got, evaluate[string](other, `document.querySelector("table").ariaColCount`), want)
	}
}

// A toast repeats in the corner what was done, is a status, stays for eight
// seconds and as long as somebody points at it or has the focus in it, and can be
// dismissed.
func TestAToastCanBeHeldAndDismissed(t *testing.T) {
	i := withAdministrator(t)
	s := i.serve()
	p := signIn(t, s)
	p.allowClipboard()
	p.beforeScripts(heldTimers)
	p.reload()
	copied := func() {
		p.click(control("More"))
		p.click(control("Copy as curl"))
		p.node(button("Dismiss"))
	}
	timers := func(want int, what string) {
		t.Helper()
		p.until(what, fmt.Sprintf(`heldTimers().length === %d`, want))
	}
	copied()
	p.node(label{name: "Copied", roles: []string{"StaticText"}}.of(label{roles: []string{"status"}}))
	if box := evaluate[[]float64](p, `(b => [b.width, b.height])(document.querySelector("[data-toast-dismiss]").getBoundingClientRect())`); min(box[0], box[1]) < 24 {
		t.Errorf("the close button is %v px", box)
	}
	timers(1, "the toast does not count its eight seconds")
	p.point(button("Dismiss"))
	timers(0, "it goes away under the pointer")
	p.point(heading("Applications"))
	timers(1, "it does not count anew")
	p.reach(button("Dismiss"))
	timers(0, "it goes away under the keyboard")
	p.press("Shift+Tab")
	timers(1, "it does not count anew after the keyboard")
	evaluate[bool](p, `heldTimers()[0].go(), true`)
	p.gone(button("Dismiss"))

	copied()
	keyboard{p}.click(button("Dismiss"))
	p.gone(button("Dismiss"))
	if p.focused() == nil {
		t.Error("after Dismiss the focus is nowhere")
	}
	copied()
	p.click(button("Dismiss"))
	p.gone(button("Dismiss"))
	copied()
	p.reach(button("Dismiss"))
	p.press("Escape")
	p.gone(button("Dismiss"))
}

// heldTimers keeps timers of eight seconds from running, for a test that lets
// them; those of other lengths are none of its business.
const heldTimers = `(() => {
	const set = setTimeout, clear = clearTimeout, held = new Map()
	window.setTimeout = (go, wait, ...rest) => {
		if (wait !== 8000) return set(go, wait, ...rest)
		const id = set(() => {}, 2 ** 30)
		held.set(id, { go: () => { held.delete(id); go() } })
		return id
	}
	window.clearTimeout = (id) => { held.delete(id); clear(id) }
	window.heldTimers = () => [...held.values()]
})()`
