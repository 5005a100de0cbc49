//go:build unix

package main

import (
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"genesys-timeouts/pkg/sandbox"
)

// providerDir names the variable with the folder of the provider's binary, terraform-provider-genesyscloud.
const providerDir = "TERRAFORM_PROVIDER_DIR"

// BenchmarkBeside compares a plan with what a script and the vendor's Terraform provider take to find the same: which
// of n actions have another timeout than they should. All ask one sandbox that answers after roundTrip. The provider is
// left out unless providerDir is set and terraform (1.5 or later) is on the PATH.
func BenchmarkBeside(b *testing.B) {
	for _, n := range []int{100, 1000} {
		x := newMeasured(b)
		x.organisation(n, sandbox.Options{Allowed: 1 << 20, Latency: roundTrip}, tenth)
		ours := middle(5, func() cost { return x.run("plan", "-f", "m.yaml", "--callers", "listed") })
		report := func(b *testing.B, c cost) {
			figures(b, x, c)
			b.ReportMetric(c.Wall.Seconds()/ours.Wall.Seconds(), "times-the-time")
			b.ReportMetric(c.CPU.Seconds()/ours.CPU.Seconds(), "times-the-cpu")
		}
		b.Run(fmt.Sprintf("plan/%d", n), func(b *testing.B) { report(b, ours) })
		b.Run(fmt.Sprintf("script/%d", n), func(b *testing.B) {
			run := script(b, x, n)
			report(b, middle(3, run))
		})
		b.Run(fmt.Sprintf("provider/%d", n), func(b *testing.B) {
			run := provider(b, x, n)
			report(b, middle(3, run))
		})
	}
}

func tenth(i int) bool { return i%10 == 0 }

// wantedSeconds is the timeout that the manifest of BenchmarkBeside gives action i.
func wantedSeconds(i int) int {
	if tenth(i) {
		return 10
	}
	return 3
}

// script reads one action after another, as one-off scripts do.
func script(b *testing.B, x *measuredProgram, n int) func() cost {
	for _, needed := range []string{"bash", "curl"} {
		if _, err := exec.LookPath(needed); err != nil {
			b.Skip("the script needs " + needed)
		}
	}
	const text = `set -eu
token=$(curl -sSf -u "$GENESYS_CLIENT_ID:$GENESYS_CLIENT_SECRET" -d grant_type=client_credentials \
  "$GENESYS_LOGIN_URL/oauth/token" | grep -o '"access_token":"[^"]*"' | cut -d'"' -f4)
differ=0
while read -r id want; do
  live=$(curl -sSf -H "Authorization: Bearer $token" \
    "$GENESYS_API_URL/api/v2/integrations/actions/$id?includeConfig=true" | grep -o '"timeoutSeconds":[0-9]*')
  [ "${live#*:}" = "$want" ] || { differ=$((differ + 1)); echo "$id: ${live#*:} s, should be $want s"; }
done <wanted
[ "$differ" = "$1" ]
`
	var wanted strings.Builder
	for i := range n {
		fmt.Fprintf(&wanted, "%s %d\n", manyID(i), wantedSeconds(i))
	}
	x.file("compare.sh", text)
	x.file("wanted", wanted.String())
	path := []string{"PATH=" + os.Getenv("PATH")}
	return func() cost { return x.runOther(0, path, "bash", "compare.sh", strconv.Itoa((n+9)/10)) }
}

// provider has terraform import and plan the same actions, whose timeouts alone may differ. The provider finds the
// sandbox as it finds an API gateway: from a gateway block. Without one it does not look at the variables for it.
func provider(b *testing.B, x *measuredProgram, n int) func() cost {
	dir := os.Getenv(providerDir)
	if dir == "" {
		b.Skip(providerDir + " is not set")
	}
	terraform, err := exec.LookPath("terraform")
	if err != nil {
		b.Skip("terraform is not on the PATH")
	}
	api, err := url.Parse(x.server.URL())
	if err != nil {
		b.Fatal(err)
	}
	input, output := contract()
	var text strings.Builder
	fmt.Fprintf(&text, `terraform {
  required_providers {
    genesyscloud = { source = "mypurecloud/genesyscloud" }
  }
}
provider "genesyscloud" {
  gateway {
    protocol = %q
    host     = %q
    port     = %q
  }
}
locals {
  input  = %q
  output = %q
}
`, api.Scheme, api.Hostname(), api.Port(), input, output)
	for i := range n {
		fmt.Fprintf(&text, `
import {
  to = genesyscloud_integration_action.a%[1]d
  id = %[2]q
}
resource "genesyscloud_integration_action" "a%[1]d" {
  name                   = %[3]q
  category               = "CRM"
  integration_id         = "4f1d9d3c-5be5-4a5c-9f0e-8a550c6f2b7d"
  config_timeout_seconds = %[4]d
  contract_input         = local.input
  contract_output        = local.output
  config_request {
    request_url_template = "https://crm.example/v3/customers?phone=$${input.phone}"
    request_type         = "POST"
    request_template     = "$${input.rawRequest}"
    headers              = { Accept = "application/json" }
  }
  config_response {
    translation_map          = { name = "$.name" }
    translation_map_defaults = { name = "\"\"" }
    success_template         = "{\"name\": $${name}}"
  }
}
`, i, manyID(i), manyName(i), wantedSeconds(i))
	}
	x.file("main.tf", text.String())
	x.file("terraform.rc", fmt.Sprintf(
		"provider_installation {\n  dev_overrides {\n    \"mypurecloud/genesyscloud\" = %q\n  }\n  direct {}\n}\n", dir))
	env := []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + x.dir,
		"TF_CLI_CONFIG_FILE=" + filepath.Join(x.dir, "terraform.rc"), "CHECKPOINT_DISABLE=1",
		"GENESYSCLOUD_OAUTHCLIENT_ID=" + x.server.Env()["GENESYS_CLIENT_ID"],
		"GENESYSCLOUD_OAUTHCLIENT_SECRET=" + x.server.Env()["GENESYS_CLIENT_SECRET"],
		"GENESYSCLOUD_REGION=eu-west-1",
	}
	const changes = 2 // -detailed-exitcode: there are changes
	found := fmt.Sprintf("Plan: %d to import, 0 to add, %d to change, 0 to destroy.", n, (n+9)/10)
	return func() cost {
		c := x.runOther(changes, env, terraform, "plan", "-input=false", "-no-color", "-detailed-exitcode")
		if !strings.Contains(x.said, found) {
			b.Fatalf("terraform does not say %q:\n%s", found, x.said)
		}
		return c
	}
}
