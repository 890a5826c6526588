package store

import "io/fs"

// dialect is every difference between the engines: the statements themselves
// are the same text on both. What the two disagree about and why is measured;
// nobody should add a method here without a test that fails without it.
type dialect interface {
	// name is "SQLite" or "PostgreSQL", for people.
	name() string
	// migrations are the numbered files of this engine.
	migrations() fs.FS
	// chainEvents are the statements before and after the events get their
	// places in the chain, in migration 4.
	chainEvents() (before, after []string)
	// countTables tells how many tables bear the name $1, and how many there
	// are in all.
	countTables() string
	// afterMigration tidies up once the tables of the database at this URL are
	// up to date.
	afterMigration(url string) error
	// begin are the statements that begin a write transaction. After them no
	// other writer, in this process or another, is at work until the commit.
	begin() []string
	// classify tells what an error of the engine means, by its code.
	classify(err error) errorKind
	// brief reports whether a look-up of one indexed row is over before
	// anyone could cancel it, so that watching the context is a waste.
	brief() bool

	// unindexed names a column such that the planner does not start from its
	// index: the walk in the order of the sort is what is wanted.
	unindexed(column string) string
	// indexNew adds the application with the id $1 and the search text $2 to
	// the search index; "" if the engine does so by itself.
	indexNew() string
	// searchByName is what to select from to walk applications a by name while
	// comparing their search text.
	searchByName() string
	// rowKey is the column of applications by which a row is found quickest.
	rowKey() string
	// roughCount selects about how many applications there are, at once.
	roughCount() string
	// searchHits selects the rowKey (as hit) of the applications whose search
	// text contains the folded text; it may also return a few that do not.
	// It is "" if the text is too short for the index.
	searchHits(a *arguments, folded string) string
}

// errorKind is what an error of the engine means to access.
type errorKind int

const (
	otherError errorKind = iota
	uniqueViolation
	missingReference
	// unkeepableText has characters that the engine does not keep.
	unkeepableText
	// engineTrouble: locked, full, unreadable, unreachable. Nothing was changed.
	engineTrouble
	// connectionLost is engineTrouble that a new connection may cure.
	connectionLost
)
