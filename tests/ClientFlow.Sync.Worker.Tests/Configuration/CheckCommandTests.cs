using System.Text.Json;
using ClientFlow.Sync.Connectors.HubSpot;
using ClientFlow.Sync.Worker.Commands;

namespace ClientFlow.Sync.Worker.Tests.Configuration;

public sealed class CheckCommandTests
{
    [Fact]
    public void A_good_file_is_summed_up_and_exits_with_0()
    {
        var (exit, output, errors) = Check(Repository.PathOf("config/northwind.yaml"));

        exit.ShouldBe(0);
        errors.ShouldBe("");
        output.Replace(Repository.Root + "/", "", StringComparison.Ordinal).ShouldBeApproved(Repository.Beside("CheckSummary.approved.txt"));
    }

    [Fact]
    public void A_bad_file_is_refused_with_2()
    {
        var path = $"{Mistakes.Folder}/bad.yaml";
        File.WriteAllText(path, Mistakes.Good.Replace("deal.stage: won", "deal.stage: wonn", StringComparison.Ordinal));

        var (exit, output, errors) = Check(path);

        exit.ShouldBe(2);
        output.ShouldBe("");
        errors.ShouldContain("error[CF0204]: unknown stage `wonn` for a deal");
        errors.ShouldEndWith("bad.yaml: one mistake\n");
    }

    [Fact]
    public void Json_holds_the_mistakes_with_their_places()
    {
        var path = $"{Mistakes.Folder}/bad.json.yaml";
        File.WriteAllText(path, Mistakes.Good.Replace("deal.stage: won", "deal.stage: wonn", StringComparison.Ordinal));

        var (exit, output, _) = Check(path, "--json");

        exit.ShouldBe(2);
        var json = JsonDocument.Parse(output).RootElement;
        json.GetProperty("ok").GetBoolean().ShouldBeFalse();
        var mistake = json.GetProperty("diagnostics")[0];
        mistake.GetProperty("code").GetString().ShouldBe("CF0204");
        mistake.GetProperty("line").GetInt32().ShouldBe(22);
        mistake.GetProperty("column").GetInt32().ShouldBe(25);
    }

    [Fact]
    public void Json_of_a_good_file_holds_what_each_write_promises()
    {
        var (exit, output, _) = Check(Repository.PathOf("config/northwind.yaml"), "--json");

        exit.ShouldBe(0);
        var json = JsonDocument.Parse(output).RootElement;
        json.GetProperty("ok").GetBoolean().ShouldBeTrue();
        var invoice = json.GetProperty("tools")[2].GetProperty("actions")[1];
        invoice.GetProperty("strength").GetString().ShouldBe("native");
        invoice.GetProperty("maxCommitSeconds").GetDouble().ShouldBe(80);
        json.GetProperty("handoffs").GetArrayLength().ShouldBe(3);
    }

    [Theory]
    [InlineData("pat-eu1-0f3e9c1a", "", true)]
    [InlineData("pat-eu1-0f3e9c1a", ", account: northwind", true)]
    [InlineData("pat-eu1-0f3e9c1a", ", account: \"62515\"", false)]
    [InlineData("CJTest", "", false)]
    public void A_private_apps_token_without_its_portal_is_warned_of_and_the_file_is_good(string token, string account, bool warned)
    {
        var path = $"{Mistakes.Folder}/portal.yaml";
        File.WriteAllText(path, Mistakes.Good.Replace("token: \"${HUBSPOT_TOKEN}\"", "token: \"${HUBSPOT_TOKEN}\"" + account, StringComparison.Ordinal));
        using var output = new StringWriter();
        using var errors = new StringWriter();

        var exit = CheckCommand.Run(path, json: false, [new HubSpotConnectorType(), .. FakeConnectors.All.Where(c => c.Manifest.Id != "hubspot")],
            new FakeSecrets { Environment = { ["HUBSPOT_TOKEN"] = token } }, output, errors);

        exit.ShouldBe(0);
        output.ToString().ShouldContain("is good");
        errors.ToString().Contains("warning[CF0521]", StringComparison.Ordinal).ShouldBe(warned);
        (errors + output.ToString()).ShouldNotContain(token);
    }

    [Fact]
    public void The_command_takes_the_file_by_its_option()
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();

        var exit = CheckCommand.Create(FakeConnectors.All).Parse(["--config", $"{Mistakes.Folder}/absent.yaml"]).Invoke(new() { Output = output, Error = errors });

        exit.ShouldBe(2);
        errors.ToString().ShouldContain("error[CF0101]");
    }

    private static (int Exit, string Output, string Errors) Check(string path, params string[] more)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var errors = new StringWriter { NewLine = "\n" };
        var exit = CheckCommand.Run(path, more.Contains("--json"), FakeConnectors.All, new FakeSecrets(), output, errors);
        return (exit, output.ToString(), errors.ToString());
    }
}
