package main

import "time"

// The sample organisation: a company that trains models, simulates robots and
// bills for it. Nothing in it is random, so that two demos look alike and a
// picture of one can be drawn again; only keys and passwords are.

const demoTenant = "acme"

// demoScopes are the clusters, departments and projects, parents first.
var demoScopes = []string{
	"/eu-1",
	"/eu-1/research", "/eu-1/research/protein-folding", "/eu-1/research/climate-models", "/eu-1/research/speech",
	"/eu-1/platform", "/eu-1/platform/build-farm", "/eu-1/platform/data-lake", "/eu-1/platform/observability",
	"/us-2",
	"/us-2/robotics", "/us-2/robotics/arm-control", "/us-2/robotics/warehouse-sim", "/us-2/robotics/fleet",
	"/us-2/vision", "/us-2/vision/defect-detection", "/us-2/vision/satellite", "/us-2/vision/medical-imaging",
	"/us-2/operations", "/us-2/operations/billing", "/us-2/operations/inventory",
}

type demoUser struct{ email, role, scope string }

// Who made the sample applications. None is a system administrator: whoever
// runs the demo still becomes that by the set-up link.
const (
	ines  = "ines@acme.example"
	tomas = "tomas@acme.example"
	yuki  = "yuki@acme.example"
	amara = "amara@acme.example"
)

var demoUsers = []demoUser{
	{ines, "Cloud operator", "/"},
	{tomas, "Department administrator", "/eu-1/platform"},
	{yuki, "Research manager", "/eu-1/research"},
	{amara, "Viewer", "/us-2"},
}

// demoState is what became of a sample application.
type demoState int

const (
	inUse demoState = iota
	disabled
	keyExpired
	keyExpiresSoon
	deleted
)

// demoApplication is one line of the sample. rules are ROLE@SCOPE; age and
// used are how long ago it was made and last signed in; used 0 is never.
type demoApplication struct {
	name, about, by string
	rules           []string
	age, used       time.Duration
	state           demoState
}

const (
	minute = time.Minute
	hour   = time.Hour
	day    = 24 * time.Hour
)

var demoApplications = []demoApplication{
	{"ci-pipeline-prod", "Runs the training jobs after every merge to main.", tomas, []string{"L1 researcher@/eu-1"}, 412 * day, 2 * minute, inUse},
	{"ci-pipeline-staging", "The same for release candidates.", tomas, []string{"L1 researcher@/eu-1/platform"}, 412 * day, 26 * minute, inUse},
	{"nightly-eval", "Scores yesterday's checkpoints against the held-out set.", yuki, []string{"L2 researcher@/eu-1/research"}, 301 * day, 9 * hour, inUse},
	{"billing-sync", "Copies GPU hours into the ledger every quarter of an hour.", ines, []string{"Viewer@/", "Department viewer@/us-2/operations"}, 377 * day, 11 * minute, inUse},
	{"grafana-reader", "Dashboards of the operations room.", ines, []string{"Viewer@/"}, 398 * day, 40 * time.Second, inUse},
	{"data-lake-ingest", "Registers new data sources as they arrive.", tomas, []string{"Data source administrator@/eu-1/platform/data-lake"}, 288 * day, 4 * minute, inUse},
	{"fold-sweep", "Hyper-parameter sweeps over the folding models.", yuki, []string{"ML engineer@/eu-1/research/protein-folding"}, 96 * day, 3 * hour, inUse},
	{"fold-sweep-gpu", "The large sweeps, on the shared pool.", yuki, []string{"ML engineer@/eu-1/research/protein-folding", "L1 researcher@/eu-1/research"}, 61 * day, 52 * minute, inUse},
	{"climate-runner", "Starts an ensemble run for every new forecast.", yuki, []string{"L1 researcher@/eu-1/research/climate-models"}, 230 * day, 17 * hour, inUse},
	{"climate-archive", "Moves finished runs into cold storage.", yuki, []string{"Data volume administrator@/eu-1/research/climate-models"}, 214 * day, 6 * day, inUse},
	{"speech-labels", "Imports labels from the annotation team.", yuki, []string{"Data source administrator@/eu-1/research/speech"}, 178 * day, 2 * day, inUse},
	{"speech-bench", "Measures word error rate on each release.", yuki, []string{"L2 researcher@/eu-1/research/speech"}, 143 * day, 20 * hour, inUse},
	{"terraform-eu", "Keeps projects and quotas as written in the repository.", ines, []string{"Editor@/eu-1"}, 365 * day, 5 * hour, inUse},
	{"terraform-us", "Keeps projects and quotas as written in the repository.", ines, []string{"Editor@/us-2"}, 365 * day, 5*hour + 3*minute, inUse},
	{"fleet-ota", "Rolls new policies out to the robots.", amara, []string{"ML engineer@/us-2/robotics/fleet"}, 127 * day, 33 * minute, inUse},
	{"arm-teleop", "Records operator sessions for imitation learning.", amara, []string{"Data source administrator@/us-2/robotics/arm-control"}, 88 * day, 7 * minute, inUse},
	{"warehouse-replay", "Replays a day of traffic in the simulator.", amara, []string{"L1 researcher@/us-2/robotics/warehouse-sim"}, 74 * day, 14 * hour, inUse},
	{"defect-scoring", "Scores pictures from line 4 as they are taken.", amara, []string{"ML engineer@/us-2/vision/defect-detection"}, 255 * day, 15 * time.Second, inUse},
	{"defect-retrain", "Weekly retraining on what the inspectors corrected.", amara, []string{"L1 researcher@/us-2/vision/defect-detection"}, 255 * day, 3 * day, inUse},
	{"satellite-tiles", "Cuts new scenes into tiles.", amara, []string{"L2 researcher@/us-2/vision/satellite"}, 199 * day, 44 * minute, inUse},
	{"inventory-forecast", "Demand forecast for the spare parts store.", ines, []string{"L1 researcher@/us-2/operations/inventory"}, 152 * day, 8 * hour, inUse},
	{"prometheus-federate", "Collects quota and usage numbers.", tomas, []string{"Viewer@/eu-1", "Viewer@/us-2"}, 340 * day, 30 * time.Second, inUse},
	{"backup-verify", "Restores last night's backup and reads it.", tomas, []string{"Viewer@/eu-1/platform"}, 320 * day, 10 * hour, inUse},
	{"image-mirror", "Mirrors base images and registers environments.", tomas, []string{"Environment administrator@/eu-1"}, 268 * day, 90 * minute, inUse},
	{"template-publisher", "Publishes job templates from the repository.", tomas, []string{"Template administrator@/"}, 187 * day, 4 * day, inUse},
	{"notebook-launcher", "Starts workspaces from the internal portal.", tomas, []string{"Editor@/eu-1/research", "Editor@/us-2/vision"}, 133 * day, 6 * minute, inUse},
	{"cost-report", "The monthly report for finance.", ines, []string{"Department viewer@/us-2/operations"}, 290 * day, 19 * day, inUse},
	{"quota-bot", "Answers quota questions in the chat.", tomas, []string{"Viewer@/"}, 118 * day, 21 * minute, inUse},
	{"incident-bot", "Lists running workloads during an incident.", tomas, []string{"Viewer@/"}, 117 * day, 12 * day, inUse},
	{"gpu-autoscaler", "Grows and shrinks the node pools.", ines, []string{"Cloud operator@/"}, 256 * day, 50 * time.Second, inUse},
	{"medical-deid", "Removes names from studies before training.", amara, []string{"Data source administrator@/us-2/vision/medical-imaging"}, 47 * day, 5 * hour, inUse},
	{"medical-train", "Training under the ethics board's protocol 17.", amara, []string{"L1 researcher@/us-2/vision/medical-imaging"}, 45 * day, 28 * hour, inUse},
	{"dvc-remote", "Data versions for all research projects.", yuki, []string{"Data volume administrator@/eu-1/research"}, 164 * day, 39 * minute, inUse},
	{"mlflow-sync", "Copies runs and metrics to the tracking server.", yuki, []string{"Viewer@/eu-1/research"}, 221 * day, 75 * time.Second, inUse},
	{"argo-deploy", "Deploys inference services from the release branch.", tomas, []string{"ML engineer@/eu-1/platform", "ML engineer@/us-2/vision"}, 309 * day, 2 * hour, inUse},
	{"jenkins-legacy", "The old build server; to be switched off in spring.", tomas, []string{"L1 researcher@/eu-1/platform/build-farm"}, 700 * day, 35 * day, inUse},
	{"airflow-prod", "The scheduler of the data team.", tomas, []string{"Editor@/eu-1/platform/data-lake"}, 450 * day, 65 * time.Second, inUse},
	{"slurm-bridge", "Lets the university cluster submit jobs.", yuki, []string{"L2 researcher@/eu-1/research/climate-models"}, 81 * day, 46 * hour, inUse},
	{"label-studio", "Reads data sources for annotation projects.", amara, []string{"Viewer@/us-2/vision"}, 104 * day, 3 * hour, inUse},
	{"vault-rotator", "Rotates the keys of the other applications.", ines, []string{"Cloud operator@/"}, 66 * day, 13 * hour, inUse},

	{"edge-fleet-reporter", "Reports robot health from the depots.", amara, []string{"Viewer@/us-2/robotics/fleet"}, 340 * day, 18 * minute, keyExpiresSoon},
	{"release-notes", "Collects what changed between two releases.", tomas, []string{"Viewer@/eu-1/platform"}, 175 * day, 8 * day, keyExpiresSoon},
	{"partner-northwind", "Read access for the joint project; renewed each quarter.", ines, []string{"Viewer@/eu-1/research/speech"}, 86 * day, 31 * hour, keyExpiresSoon},

	{"hackathon-2026", "The spring hackathon.", yuki, []string{"L1 researcher@/eu-1/research"}, 190 * day, 161 * day, keyExpired},
	{"partner-lumen", "Evaluation access, ended in August.", ines, []string{"Viewer@/us-2/vision/satellite"}, 240 * day, 92 * day, keyExpired},
	{"intern-sandbox", "Summer internship.", yuki, []string{"L2 researcher@/eu-1/research/speech"}, 150 * day, 63 * day, keyExpired},
	{"audit-export", "The yearly audit.", ines, []string{"Cloud support@/"}, 330 * day, 200 * day, keyExpired},
	{"load-test", "Load tests before the region moved.", tomas, []string{"ML engineer@/eu-1/platform/observability"}, 120 * day, 33 * day, keyExpired},

	{"old-ci", "Replaced by ci-pipeline-prod.", tomas, []string{"Editor@/eu-1/platform"}, 640 * day, 410 * day, disabled},
	{"arm-simulator-v1", "Replaced by the warehouse simulator.", amara, []string{"L1 researcher@/us-2/robotics/arm-control"}, 500 * day, 233 * day, disabled},
	{"crawler", "Disabled while the licence is being checked.", yuki, []string{"Data source administrator@/eu-1/research/speech"}, 77 * day, 16 * day, disabled},
	{"invoice-import", "Suspended: key was seen in a chat on Tuesday.", ines, []string{"Department viewer@/us-2/operations"}, 205 * day, 5 * day, disabled},
	{"map-builder", "Waiting for the new map licence.", amara, nil, 58 * day, 24 * day, disabled},

	{"fleet-planner", "Made yesterday, not connected yet.", amara, []string{"Viewer@/us-2/robotics"}, 26 * hour, 0, inUse},
	{"voice-clone-study", "Waits for approval; no access rules on purpose.", yuki, nil, 4 * day, 0, inUse},
	{"new-billing", "Will take over from billing-sync.", ines, []string{"Department viewer@/us-2/operations"}, 3 * hour, 0, inUse},
	{"inspector-app", "The tablet application of the inspectors.", amara, []string{"Viewer@/us-2/vision/defect-detection"}, 40 * minute, 0, inUse},
	{"sso-migration", "One-time import of the old accounts.", ines, nil, 12 * day, 0, keyExpired},

	{"tmp-debug", "Made during an incident.", tomas, []string{"Editor@/eu-1/platform"}, 9 * day, 8 * day, deleted},
	{"legacy-exporter", "Nobody asked for it in a year.", ines, []string{"Viewer@/"}, 540 * day, 400 * day, deleted},
}
