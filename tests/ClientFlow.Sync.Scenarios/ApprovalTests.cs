using System.Net;
using System.Text.RegularExpressions;
using ClientFlow.Sync.Scenarios.Harness;

namespace ClientFlow.Sync.Scenarios;

public sealed class CarefulBusiness() : SharedBusiness(new FlowOptions { Approve = true });

/// <summary>A rule with <c>approve: true</c> sends nothing before a person said yes.</summary>
[Trait("Takes", "long")]
public sealed partial class ApprovalTests(CarefulBusiness business) : Scenario(business), IClassFixture<CarefulBusiness>
{
    [Fact]
    public async Task A_yes_on_the_command_line_lets_the_invoice_go()
    {
        var (deal, handoff) = await WaitingAsync("Larch Timber", "Web shop");

        var said = await Flow.CommandAsync("approve", handoff);

        said.ExitCode.ShouldBe(0, said.All);
        said.Output.ShouldContain(handoff);
        await Flow.UntilAsync("draft", () => Office.FinishedInvoiceOf(deal));
        (await Flow.CommandAsync("approve", handoff)).ExitCode.ShouldBe(1);
        await Flow.SettleAsync();
        Office.InvoicesOf(deal).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task The_button_on_the_page_lets_the_invoice_go()
    {
        var (deal, handoff) = await WaitingAsync("Maple Music", "Posters");
        using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = Flow.Url };
        var page = await browser.GetStringAsync(new Uri("/needs-you", UriKind.Relative), TestContext.Current.CancellationToken);
        var form = Forms().Matches(page).First(match => match.Groups["action"].Value.Contains(handoff, StringComparison.Ordinal));

        using var forged = await browser.PostAsync(new Uri(form.Groups["action"].Value, UriKind.Relative), new FormUrlEncodedContent([]),
            TestContext.Current.CancellationToken);
        forged.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        Office.InvoicesOf(deal).ShouldBeEmpty();

        using var answer = await browser.PostAsync(new Uri(form.Groups["action"].Value, UriKind.Relative), new FormUrlEncodedContent(
            [KeyValuePair.Create("__RequestVerificationToken", WebUtility.HtmlDecode(form.Groups["token"].Value))]), TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        await Flow.UntilAsync("draft", () => Office.FinishedInvoiceOf(deal));
    }

    [Fact]
    public async Task A_no_sends_nothing()
    {
        var (deal, handoff) = await WaitingAsync("Nettle Teas", "Tins");

        (await Flow.CommandAsync("skip", handoff)).ExitCode.ShouldBe(0);
        await Flow.SettleAsync();

        Office.InvoicesOf(deal).ShouldBeEmpty();
        (await Flow.CommandAsync("approve", handoff)).ExitCode.ShouldBe(1);
    }

    private async Task<(Deal Deal, string Handoff)> WaitingAsync(string client, string name)
    {
        var deal = Office.NewDeal(client, name);
        Office.Win(deal);
        var project = await Flow.UntilAsync("linked project", () => Office.LinkedProjectOf(deal));
        Flow.Sandbox.Asana.World.CompleteProject(project.Gid);
        var handoff = await Flow.WaitingHandoffAsync(name);
        await Flow.SettleAsync();
        Office.InvoicesOf(deal).ShouldBeEmpty();
        return (deal, handoff);
    }

    [GeneratedRegex("action=\"(?<action>[^\"]+/approve)\" class=\"buttons\">\\s*<input type=\"hidden\" name=\"__RequestVerificationToken\" value=\"(?<token>[^\"]+)\"")]
    private static partial Regex Forms();
}
