package api

import (
	"context"
	"maps"
	"net/http"
	"strings"

	"latchkey/access"
)

// The organisation is read as clients of the original know it, where quotas and
// connections are empty, and written in our own way: by name (api-contract.md 5).

func wireCluster(s access.Scope) Cluster {
	return Cluster{
		Uuid: s.ID, TenantId: access.TenantID, Name: s.Name,
		CreatedAt: wireTime{s.CreatedAt}, UpdatedAt: wireTime{s.UpdatedAt}, DeletedAt: wireTime{s.DeletedAt},
	}
}

func wireDepartment(s access.Scope) Department {
	return Department{
		Id: s.ID, Name: s.Name, ClusterId: s.ClusterID(), CreatedBy: s.CreatedBy,
		CreatedAt: wireTime{s.CreatedAt}, UpdatedAt: wireTime{s.UpdatedAt},
		Resources: []Nothing{},
	}
}

func wireProject(s access.Scope) Project {
	return Project{
		Id: s.ID, Name: s.Name, ClusterId: s.ClusterID(), CreatedBy: s.CreatedBy,
		ParentId: s.ParentID, Parent: ParentNode{Id: s.ParentID, Name: s.ParentName()},
		CreatedAt: wireTime{s.CreatedAt}, UpdatedAt: wireTime{s.UpdatedAt},
		EnforceRunaiScheduler: true,
		Resources:             []Nothing{},
		Status:                ProjectStatus{Phase: access.ScopePhase},
	}
}

var (
	scopeSchema       = byCreation(access.ScopeSchema, "createdAt")
	clusterColumns    = []string{"uuid", "name", "tenantId", "createdAt", "updatedAt"}
	departmentColumns = []string{"id", "name", "clusterId", "createdBy", "createdAt", "updatedAt"}
	projectColumns    = []string{"id", "name", "clusterId", "parentId", "createdBy", "createdAt", "updatedAt"}
)

// parseNodes reads the query of a list of nodes. What is measured of nodes
// elsewhere is nothing here, so that sorting by it leaves the order as it is.
func (a *api) parseNodes(ctx context.Context) (access.List, error) {
	query := maps.Clone(echoOf(ctx).QueryParams())
	if by := query.Get("sortBy"); strings.Contains(by, "Gpu") || by == "gpuAllocated" {
		query.Del("sortBy")
	}
	return a.parseListOf(ctx, query, scopeSchema)
}

func nodeListing[T any](ctx context.Context, a *api, kind access.ScopeType, columns []string, always bool, wire func(access.Scope) T) (*listing[T], error) {
	list, err := a.parseNodes(ctx)
	if err != nil {
		return nil, err
	}
	caller := callerOf(ctx)
	rows := source[access.Scope]{
		page:   func() (access.Page[access.Scope], error) { return a.svc.ListScopes(ctx, caller, kind, list) },
		count:  func() (int, error) { return a.svc.CountScopes(ctx, caller, kind, list) },
		export: func(fn func(access.Scope) error) error { return a.svc.ExportScopes(ctx, caller, kind, list, fn) },
	}
	if !always {
		rows.all = func(fn func(access.Scope) error) error { return a.svc.EachScope(ctx, caller, kind, list, fn) }
	}
	return newListing(ctx, list, columns, rows, wire)
}

// Lists of nodes either have pages always, or only if one is asked for.
const (
	inPages = true
	whole   = false
)

func (a *api) countNodes(ctx context.Context, kind access.ScopeType) (CountJSONResponse, error) {
	list, err := a.parseNodes(ctx)
	if err != nil {
		return CountJSONResponse{}, err
	}
	n, err := a.svc.CountScopes(ctx, callerOf(ctx), kind, list)
	return CountJSONResponse{Count: int64(n)}, err
}

// createNode makes a node below a parent of a type; the field is what the wire
// calls the parent.
func (a *api) createNode(ctx context.Context, parent access.ScopeType, parentID, field, name string) (access.Scope, error) {
	caller := callerOf(ctx)
	above, err := a.svc.Scope(ctx, caller, parentID)
	if err != nil {
		return access.Scope{}, err
	}
	if above.Type != parent {
		return access.Scope{}, access.Invalid(field, "%s is the id of a %s, not of a %s.", field, above.Type, parent)
	}
	return a.svc.CreateScope(ctx, caller, access.NewScope{ParentID: parentID, Name: name})
}

func (a *api) renameNode(ctx context.Context, kind access.ScopeType, id, ifMatch, name string) (access.Scope, error) {
	version, err := a.nodeVersion(ctx, kind, id, ifMatch)
	if err != nil {
		return access.Scope{}, err
	}
	return a.svc.RenameScopeVersion(ctx, callerOf(ctx), id, name, version)
}

func (a *api) deleteNode(ctx context.Context, kind access.ScopeType, id, ifMatch string) error {
	version, err := a.nodeVersion(ctx, kind, id, ifMatch)
	if err != nil {
		return err
	}
	_, err = a.svc.DeleteScopeVersion(ctx, callerOf(ctx), id, version)
	return err
}

// nodeVersion is the version that the client wants to change, of a node that is
// there and of the type.
func (a *api) nodeVersion(ctx context.Context, kind access.ScopeType, id, ifMatch string) (int64, error) {
	node, err := a.svc.ScopeOfType(ctx, callerOf(ctx), kind, id)
	if err != nil {
		return 0, err
	}
	return wantedVersion(ifMatch, func() (int64, error) { return node.Version(), nil })
}

// Clusters.

type clusterListing struct{ *listing[Cluster] }

func (l clusterListing) VisitListClustersResponse(http.ResponseWriter) error { return l.answer() }

func (a *api) ListClusters(ctx context.Context, _ ListClustersRequestObject) (ListClustersResponseObject, error) {
	l, err := nodeListing(ctx, a, access.ScopeCluster, clusterColumns, whole, wireCluster)
	return clusterListing{l}, err
}

func (a *api) CountClusters(ctx context.Context, _ CountClustersRequestObject) (CountClustersResponseObject, error) {
	n, err := a.countNodes(ctx, access.ScopeCluster)
	return CountClusters200JSONResponse{n}, err
}

func (a *api) GetCluster(ctx context.Context, r GetClusterRequestObject) (GetClusterResponseObject, error) {
	scope, err := a.svc.ScopeOfType(ctx, callerOf(ctx), access.ScopeCluster, r.ClusterUuid)
	return single[Cluster]{ctx, scope.Version(), wireCluster(scope)}, err
}

func (a *api) CreateCluster(ctx context.Context, r CreateClusterRequestObject) (CreateClusterResponseObject, error) {
	scope, err := a.svc.CreateScope(ctx, callerOf(ctx), access.NewScope{ParentID: access.TenantNodeID, Name: r.Body.Name})
	return CreateCluster201JSONResponse(wireCluster(scope)), err
}

func (a *api) RenameCluster(ctx context.Context, r RenameClusterRequestObject) (RenameClusterResponseObject, error) {
	scope, err := a.renameNode(ctx, access.ScopeCluster, r.ClusterUuid, r.Params.IfMatch, r.Body.Name)
	return single[Cluster]{ctx, scope.Version(), wireCluster(scope)}, err
}

func (a *api) DeleteCluster(ctx context.Context, r DeleteClusterRequestObject) (DeleteClusterResponseObject, error) {
	return DeleteCluster204Response{}, a.deleteNode(ctx, access.ScopeCluster, r.ClusterUuid, r.Params.IfMatch)
}

// Departments.

type departmentListing struct{ *listing[Department] }

func (l departmentListing) VisitListDepartmentsResponse(http.ResponseWriter) error { return l.answer() }

func (a *api) ListDepartments(ctx context.Context, _ ListDepartmentsRequestObject) (ListDepartmentsResponseObject, error) {
	l, err := nodeListing(ctx, a, access.ScopeDepartment, departmentColumns, inPages, wireDepartment)
	if err != nil {
		return nil, err
	}
	l.wrap = func(all []Department) any {
		return Departments{Departments: all, Next: next(l.list.Offset+len(all), len(all), l.total)}
	}
	return departmentListing{l}, nil
}

func (a *api) CountDepartments(ctx context.Context, _ CountDepartmentsRequestObject) (CountDepartmentsResponseObject, error) {
	n, err := a.countNodes(ctx, access.ScopeDepartment)
	return CountDepartments200JSONResponse{n}, err
}

func (a *api) GetDepartment(ctx context.Context, r GetDepartmentRequestObject) (GetDepartmentResponseObject, error) {
	scope, err := a.svc.ScopeOfType(ctx, callerOf(ctx), access.ScopeDepartment, r.DepartmentId)
	return single[Department]{ctx, scope.Version(), wireDepartment(scope)}, err
}

func (a *api) CreateDepartment(ctx context.Context, r CreateDepartmentRequestObject) (CreateDepartmentResponseObject, error) {
	scope, err := a.createNode(ctx, access.ScopeCluster, r.Body.ClusterId, "clusterId", r.Body.Name)
	return CreateDepartment201JSONResponse(wireDepartment(scope)), err
}

func (a *api) RenameDepartment(ctx context.Context, r RenameDepartmentRequestObject) (RenameDepartmentResponseObject, error) {
	scope, err := a.renameNode(ctx, access.ScopeDepartment, r.DepartmentId, r.Params.IfMatch, r.Body.Name)
	return single[Department]{ctx, scope.Version(), wireDepartment(scope)}, err
}

func (a *api) DeleteDepartment(ctx context.Context, r DeleteDepartmentRequestObject) (DeleteDepartmentResponseObject, error) {
	return DeleteDepartment204Response{}, a.deleteNode(ctx, access.ScopeDepartment, r.DepartmentId, r.Params.IfMatch)
}

// Projects.

type projectListing struct{ *listing[Project] }

func (l projectListing) VisitListProjectsResponse(http.ResponseWriter) error { return l.answer() }

func (a *api) ListProjects(ctx context.Context, _ ListProjectsRequestObject) (ListProjectsResponseObject, error) {
	l, err := nodeListing(ctx, a, access.ScopeProject, projectColumns, inPages, wireProject)
	if err != nil {
		return nil, err
	}
	l.wrap = func(all []Project) any {
		return Projects{Projects: all, Next: next(l.list.Offset+len(all), len(all), l.total)}
	}
	return projectListing{l}, nil
}

func (a *api) CountProjects(ctx context.Context, _ CountProjectsRequestObject) (CountProjectsResponseObject, error) {
	n, err := a.countNodes(ctx, access.ScopeProject)
	return CountProjects200JSONResponse{n}, err
}

func (a *api) GetProject(ctx context.Context, r GetProjectRequestObject) (GetProjectResponseObject, error) {
	scope, err := a.svc.ScopeOfType(ctx, callerOf(ctx), access.ScopeProject, r.ProjectId)
	return single[Project]{ctx, scope.Version(), wireProject(scope)}, err
}

func (a *api) CreateProject(ctx context.Context, r CreateProjectRequestObject) (CreateProjectResponseObject, error) {
	scope, err := a.createNode(ctx, access.ScopeDepartment, r.Body.ParentId, "parentId", r.Body.Name)
	return CreateProject201JSONResponse(wireProject(scope)), err
}

func (a *api) RenameProject(ctx context.Context, r RenameProjectRequestObject) (RenameProjectResponseObject, error) {
	scope, err := a.renameNode(ctx, access.ScopeProject, r.ProjectId, r.Params.IfMatch, r.Body.Name)
	return single[Project]{ctx, scope.Version(), wireProject(scope)}, err
}

func (a *api) DeleteProject(ctx context.Context, r DeleteProjectRequestObject) (DeleteProjectResponseObject, error) {
	return DeleteProject204Response{}, a.deleteNode(ctx, access.ScopeProject, r.ProjectId, r.Params.IfMatch)
}
