package handlers

import (
	"crypto/rand"
	"io"
	"time"

	"latchkey/access"
	"latchkey/views"
	"latchkey/web"
)

// Config is what the pages need to know of their installation.
type Config struct {
	Now func() time.Time
	// PublicURL is the base of the links and snippets shown to people; no trailing slash.
	PublicURL string
	// Random names rendered forms; nil means crypto/rand.
	Random io.Reader
}

// console is every page of the console over one service.
type console struct {
	svc *access.Service
	cfg Config
}

// Register mounts every URL of the console. This function is the map of the
// console: a page that is not listed here does not exist.
func Register(s *web.Server, svc *access.Service, cfg Config) {
	if cfg.Random == nil {
		cfg.Random = rand.Reader
	}
	h := &console{svc: svc, cfg: cfg}

	// Coming in.
	public := s.Public()
	public.GET("/setup", h.setupForm)
	public.POST("/setup", h.setup)
	public.GET("/sign-in", h.signInForm)
	public.POST("/sign-in", h.signIn)

	g := s.Console()

	// The signed-in person.
	g.POST("/sign-out", h.signOut)
	g.GET("/account/password", h.passwordForm)
	g.POST("/account/password", h.changePassword)
	g.GET("/account/preferences", h.preferencesForm)
	g.POST("/account/preferences", h.setPreferences)
	g.GET("/account", h.account)
	g.GET("/account/sessions/sign-out", h.confirmEndOthers)
	g.POST("/account/sessions/sign-out", h.endOthers)
	g.GET("/account/sessions/:session/sign-out", h.confirmEndSession)
	g.POST("/account/sessions/:session/sign-out", h.endSession)
	g.GET("/account/access-keys/new", h.newAccessKey)
	g.POST("/account/access-keys", h.createAccessKey)
	g.GET("/account/access-keys/:accessKey/regenerate", h.confirmRegenerateAccessKey)
	g.POST("/account/access-keys/:accessKey/regenerate", h.regenerateAccessKey)
	g.GET("/account/access-keys/:accessKey/delete", h.confirmDeleteAccessKey)
	g.POST("/account/access-keys/:accessKey/delete", h.deleteAccessKey)

	// The Applications table: its address is its whole state.
	g.GET("/", h.home)
	applications := h.applications()
	g.GET("/applications", applications.page)
	g.GET("/applications.csv", applications.csv)
	g.GET("/applications/count", applications.total)
	g.POST("/applications/columns", applications.saveColumns)
	bulkApplications := h.bulkApplications()
	g.GET("/applications/bulk/:action", bulkApplications.ask)
	g.POST("/applications/bulk/:action", bulkApplications.do)

	// One application.
	g.GET("/applications/new", h.newApplication)
	g.POST("/applications", h.createApplication)
	g.GET("/applications/:id", h.application)
	g.GET("/applications/:id/edit", h.editApplication)
	g.POST("/applications/:id/edit", h.saveApplication)
	g.GET("/applications/:id/regenerate", h.confirmRegenerate)
	g.POST("/applications/:id/regenerate", h.regenerateKey)
	g.GET("/applications/:id/remove-key", h.confirmRemoveKey)
	g.POST("/applications/:id/remove-key", h.removeKey)
	g.GET("/applications/:id/public-keys/new", h.newPublicKey)
	g.POST("/applications/:id/public-keys", h.addPublicKey)
	g.GET("/applications/:id/public-keys/:publicKey/delete", h.confirmDeletePublicKey)
	g.POST("/applications/:id/public-keys/:publicKey/delete", h.deletePublicKey)
	g.GET("/applications/:id/delete", h.confirmDelete)
	g.POST("/applications/:id/delete", h.deleteApplication)
	g.GET("/applications/:id/restore", h.confirmRestore)
	g.POST("/applications/:id/restore", h.restoreApplication)
	g.GET("/applications/:id/disable", h.confirmDisable)
	g.POST("/applications/:id/disable", h.disableApplication)
	g.POST("/applications/:id/enable", h.enableApplication)
	g.GET("/applications/:id/first-token", h.firstToken)
	g.GET("/applications/:id/token-lifetime", h.tokenLifetimeForm)
	g.POST("/applications/:id/token-lifetime", h.setTokenLifetime)

	// Access rules of an application.
	applicationRules := h.applicationRules()
	g.GET("/applications/:id/rules", applicationRules.show)
	g.POST("/applications/:id/rules", applicationRules.save)
	g.GET("/applications/:id/rules/:rule/delete", applicationRules.confirmDelete)
	g.POST("/applications/:id/rules/:rule/delete", applicationRules.delete)

	// Access rules of everybody.
	accessRules := h.accessRules()
	g.GET("/access-rules", accessRules.page)
	g.GET("/access-rules.csv", accessRules.csv)
	g.GET("/access-rules/count", accessRules.total)
	g.POST("/access-rules/columns", accessRules.saveColumns)
	g.GET("/access-rules/new", h.newRules)
	g.POST("/access-rules", h.createRules)
	bulkRules := h.bulkRules()
	g.GET("/access-rules/delete", bulkRules.ask)
	g.POST("/access-rules/delete", bulkRules.do)

	// The Users table.
	users := h.users()
	g.GET("/users", users.page)
	g.GET("/users.csv", users.csv)
	g.GET("/users/count", users.total)
	g.POST("/users/columns", users.saveColumns)
	bulkUsers := h.bulkUsers()
	g.GET("/users/bulk/:action", bulkUsers.ask)
	g.POST("/users/bulk/:action", bulkUsers.do)

	// One user.
	g.GET("/users/new", h.newUser)
	g.POST("/users", h.createUser)
	g.GET("/users/:user", h.user)
	g.GET("/users/:user/password", h.confirmUser(views.UserResetPassword))
	g.POST("/users/:user/password", h.resetPassword)
	g.GET("/users/:user/sign-out", h.confirmUser(views.UserSignOut))
	g.POST("/users/:user/sign-out", h.signOutEverywhere)
	g.GET("/users/:user/disable", h.confirmUser(views.UserDisable))
	g.POST("/users/:user/disable", h.disableUser)
	g.POST("/users/:user/enable", h.enableUser)
	g.GET("/users/:user/delete", h.confirmUser(views.UserDelete))
	g.POST("/users/:user/delete", h.deleteUser)

	// Access rules of a user.
	userRules := h.userRules()
	g.GET("/users/:user/rules", userRules.show)
	g.POST("/users/:user/rules", userRules.save)
	g.GET("/users/:user/rules/:rule/delete", userRules.confirmDelete)
	g.POST("/users/:user/rules/:rule/delete", userRules.delete)

	// What is done to many of them in the background.
	g.GET("/bulk-actions/:job", h.bulkJob)
	g.POST("/bulk-actions/:job/cancel", h.cancelBulkJob)
	g.GET("/bulk-actions/:job/report.csv", h.bulkJobCSV)

	// The API reference, and a token to try it with.
	g.GET("/api-reference", h.reference)
	g.GET("/api-reference/openapi.yaml", h.specification)
	g.POST("/api-reference/token", h.referenceToken)

	// Roles.
	roles := h.roles()
	g.GET("/roles", roles.page)
	g.GET("/roles.csv", roles.csv)
	g.GET("/roles/count", roles.total)
	g.POST("/roles/columns", roles.saveColumns)
	g.GET("/roles/compare", h.compareRoles)
	g.GET("/roles/:role", h.role)

	g.GET("/access-check", h.accessCheck)

	// The audit log.
	audit := h.auditLog()
	g.GET("/audit-log", audit.page)
	g.GET("/audit-log.csv", audit.csv)
	g.GET("/audit-log.json", h.auditJSON)
	g.GET("/audit-log/count", audit.total)
	g.POST("/audit-log/columns", audit.saveColumns)
	g.GET("/audit-log/verify", h.verifyAuditLog)
	g.GET("/audit-log/:id", h.auditEntry)
	// The organisation: its tree, one node of it, and all of it as a file.
	g.GET("/organization", h.organization)
	g.GET("/organization/nodes", h.organizationBranch)
	g.GET("/organization/:node/new", h.newNode)
	g.POST("/organization/:node/new", h.addNode)
	g.GET("/organization/:node/rename", h.nodeName)
	g.POST("/organization/:node/rename", h.renameNode)
	g.GET("/organization/:node/move", h.nodePlace)
	g.POST("/organization/:node/move", h.moveNode)
	g.GET("/organization/:node/delete", h.confirmDeleteNode)
	g.POST("/organization/:node/delete", h.deleteNode)
	g.GET("/organization.yaml", h.exportOrganization)
	g.GET("/organization/import", h.importForm)
	g.POST("/organization/import", h.compareOrganization)
	g.POST("/organization/import/apply", h.importOrganization)
	s.AllowBody("/organization/import", maxImportBody)
	s.AllowBody("/organization/import/apply", maxImportBody)

	// The palette.
	g.GET(views.PalettePath, h.palette)
	// The settings, and the signing keys among them.
	g.GET("/settings", h.settings)
	g.POST("/settings/access-tokens", h.saveSettings(access.TokenSettings))
	g.POST("/settings/secret-keys", h.saveSettings(access.KeySettings))
	g.POST("/settings/sessions", h.saveSettings(access.SessionSettings))
	g.GET("/settings/signing-keys/rotate", h.confirmRotate)
	g.POST("/settings/signing-keys/rotate", h.rotateKey)
	g.GET("/settings/signing-keys/:kid/withdraw", h.confirmWithdraw)
	g.POST("/settings/signing-keys/:kid/withdraw", h.withdrawKey)
	g.POST(views.PaletteKeyPath, h.whoseKey, s.LimitKeys)

	// Pickers.
	g.GET("/roles/preview", h.rolePreview)
	g.GET("/scopes", h.scopeBranch)
	g.GET("/subjects", h.subjects)
}
