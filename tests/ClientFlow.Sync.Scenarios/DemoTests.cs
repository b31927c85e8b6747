using ClientFlow.Sync.Scenarios.Harness;

namespace ClientFlow.Sync.Scenarios;

public sealed class DemoTests
{
    [Fact, Trait("Takes", "long")]
    public async Task The_demo_plays_until_each_handoff_has_happened_and_says_so_in_three_lines()
    {
        // Where the program is started, in the temporary folder, is where a relative directory is looked for.
        var folder = $"clientflow-demo-{Guid.NewGuid():n}";
        try
        {
            var ended = await DemoAsync(folder);

            ended.ExitCode.ShouldBe(0, ended.All);
            ended.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(':')[0])
                .ShouldBe(["won-deal-to-project", "closed-project-to-invoice", "renewal-reminder"], ignoreOrder: true);

            // The simulated tools of another run know nothing of what was made in these.
            var again = await DemoAsync(folder);
            again.ExitCode.ShouldBe(2, again.All);
            again.Errors.ShouldContain("a demo begins anew");
        }
        finally
        {
            Directory.Delete(Path.Combine(Path.GetTempPath(), folder), recursive: true);
        }
    }

    private static Task<Ended> DemoAsync(string data) =>
        WorkerProcess.CommandAsync(["demo", "--once", "--data", data, "--urls", $"http://127.0.0.1:{Ports.Next()}"], new Dictionary<string, string>());
}
