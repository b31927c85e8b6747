using System.Text;
using ClientFlow.Sync.Sandbox;
using ClientFlow.Sync.Testing.Specs;

namespace ClientFlow.Sync.Scenarios.Harness;

/// <summary>Holds what the tools were asked against the vendors' descriptions. Where those are missing one test says so for all.</summary>
internal sealed class FollowsTheSpecs(SandboxHost sandbox)
{
    private readonly Dictionary<string, int> seen = [];

    public void Verify()
    {
        if (SpecFolder.Find() is null) return;
        var violations = new List<string>();
        foreach (var (vendor, tool) in (IEnumerable<(string, SimulatedTool)>)
            [("hubspot", sandbox.HubSpot), ("asana", sandbox.Asana), ("stripe", sandbox.Stripe), ("google-calendar", sandbox.GoogleCalendar)])
        {
            var recorder = new SpecRecorder(vendor) { Ignoring = static path => path == "/token" };
            var requests = tool.Requests.All;
            foreach (var request in requests.Skip(seen.GetValueOrDefault(vendor)))
            {
                recorder.Record(request.Method, request.Path, request.Query, request.Headers.GetValueOrDefault("Content-Type"),
                    Encoding.UTF8.GetBytes(request.Body));
            }

            seen[vendor] = requests.Count;
            violations.AddRange(recorder.Violations().Distinct());
        }

        violations.ShouldBeEmpty();
    }
}
