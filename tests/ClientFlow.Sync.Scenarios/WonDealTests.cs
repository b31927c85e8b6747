using System.Text.Json.Nodes;
using ClientFlow.Sync.Scenarios.Harness;

namespace ClientFlow.Sync.Scenarios;

public sealed class OpenBusiness() : SharedBusiness(new FlowOptions());

/// <summary>A deal is won: what the business finds in its projects tool a moment later.</summary>
public sealed class WonDealTests(OpenBusiness business) : Scenario(business), IClassFixture<OpenBusiness>
{
    [Fact]
    public async Task A_won_deal_becomes_one_project_that_knows_all_the_deal_knew()
    {
        var ends = Office.Today.AddDays(200);
        var deal = Office.NewDeal("Harbour Bakery", "Rebrand", endsOn: ends, scope: "New mark, menus and signage");

        Office.Win(deal);

        var project = await Flow.UntilAsync("linked project", () => Office.LinkedProjectOf(deal));
        Office.ProjectsOf(deal).ShouldHaveSingleItem();
        Office.Read(deal, Office.ProjectProperty).ShouldBe(project.Url);
        project.DueOn.ShouldBe(Office.Day(ends));
        project.Owner.ShouldBe(Office.Amelia.Name);
        project.Notes.ShouldContain("New mark, menus and signage");
        project.Notes.ShouldContain($"Ada Byron, {deal.Email}, +44 20 7946 0000");
        project.Notes.ShouldContain(deal.Id);
        project.Notes.ShouldNotContain("4800");

        project.Tasks.Select(task => (string?)task["name"]).ShouldBe(["Send the welcome pack", "Collect access and assets"]);
        project.Tasks.Select(task => (string?)task["memberships"]![0]!["section"]!["name"]).Distinct().ShouldHaveSingleItem().ShouldNotBeNullOrWhiteSpace();
        project.Tasks.Select(task => (string?)task["due_on"]).ShouldBe([Office.Day(Office.Today.AddDays(1)), Office.Day(Office.Today.AddDays(3))]);
        project.Tasks.Select(task => (string?)task["assignee"]?["name"]).ShouldBe([null, Office.Amelia.Name]);
    }

    [Fact, Trait("Takes", "long")]
    public async Task Won_twice_over_it_still_has_one_project()
    {
        var deal = Office.NewDeal("Juniper Press", "Annual report");

        Office.Win(deal);
        await Flow.UntilAsync("linked project", () => Office.LinkedProjectOf(deal));
        Office.Change(deal, ("dealstage", "contractsent"));
        Office.Win(deal);
        Office.Change(deal, ("amount", "5200.00"));
        await Flow.SettleAsync();

        Office.ProjectsOf(deal).ShouldHaveSingleItem().Tasks.Count.ShouldBe(2);
    }

    [Fact, Trait("Takes", "long")]
    public async Task A_project_made_by_hand_is_adopted_as_it_is()
    {
        var deal = Office.NewDeal("Willow & Sons", "Showroom");
        var byHand = await Office.MakeProjectByHandAsync("willow & sons - SHOWROOM");

        Office.Win(deal);

        await Flow.UntilAsync("link to the project made by hand", () =>
            Office.Read(deal, Office.ProjectProperty).EndsWith($"/projects/{byHand}", StringComparison.Ordinal));
        await Flow.SettleAsync();
        Flow.Sandbox.Asana.World.TasksOf(byHand).ShouldBeEmpty();
        Office.ProjectsOf(deal).ShouldBeEmpty();
    }

    [Fact, Trait("Takes", "long")]
    public async Task A_project_by_any_name_that_names_the_deal_is_adopted()
    {
        var deal = Office.NewDeal("Quartz Optics", "Trade show");
        var byHand = await Office.MakeProjectByHandAsync("Messe München", $"See https://app-eu1.hubspot.com/contacts/62515/record/0-3/{deal.Id}/?view=1.");

        Office.Win(deal);

        var project = await Flow.UntilAsync("linked project", () => Office.LinkedProjectOf(deal));
        await Flow.SettleAsync();
        project.Gid.ShouldBe(byHand);
        Office.ProjectsOf(deal).ShouldHaveSingleItem().Tasks.ShouldBeEmpty();
    }

    [Fact, Trait("Takes", "long")]
    public async Task Of_two_candidates_a_person_chooses_and_a_yes_makes_a_new_one()
    {
        var deal = Office.NewDeal("Tarn Outdoor", "Catalogue");
        var first = await Office.MakeProjectByHandAsync(deal.Project);
        var second = await Office.MakeProjectByHandAsync(deal.Project);

        Office.Win(deal);
        var handoff = await Flow.WaitingHandoffAsync(deal.Project);
        await Flow.SettleAsync();

        Office.ProjectsOf(deal).Select(project => project.Gid).ShouldBe([first, second]);
        Office.Read(deal, Office.ProjectProperty).ShouldBeEmpty();

        (await Flow.CommandAsync("approve", handoff)).ExitCode.ShouldBe(0);

        var made = await Flow.UntilAsync("linked project", () => Office.LinkedProjectOf(deal));
        made.Gid.ShouldNotBe(first);
        made.Gid.ShouldNotBe(second);
        made.Tasks.Count.ShouldBe(2);
        Office.ProjectsOf(deal).Count.ShouldBe(3);
    }

    [Theory, Trait("Takes", "long")]
    [InlineData("deal.scope")]
    [InlineData("deal.owner")]
    [InlineData("client.email")]
    public async Task What_is_missing_is_said_and_waited_for(string fact)
    {
        var deal = Office.NewDeal($"Lacking {fact}", "Website", scope: fact == "deal.scope" ? null : "Eleven pages", owned: fact != "deal.owner");
        if (fact == "client.email") Flow.Sandbox.HubSpot.World.Change("contacts", deal.Contact, ("email", ""));

        Office.Win(deal);
        var page = await Flow.UntilPageSaysAsync(deal.Project, $"waiting: {fact}");
        await Flow.SettleAsync();
        page.ShouldContain(fact);
        Office.ProjectsOf(deal).ShouldBeEmpty();

        if (fact == "client.email") Flow.Sandbox.HubSpot.World.Change("contacts", deal.Contact, ("email", deal.Email));
        else Office.Change(deal, fact == "deal.scope" ? ("scope_summary", "Eleven pages") : ("hubspot_owner_id", Office.OwnerId(Office.Tomas)));

        await Flow.UntilAsync("linked project", () => Office.LinkedProjectOf(deal));
        Office.ProjectsOf(deal).ShouldHaveSingleItem();
    }

    [Fact, Trait("Takes", "long")]
    public async Task A_contact_that_is_put_onto_the_deal_opens_the_gate()
    {
        var deal = Office.NewDeal("Fennel Kitchen", "Menus", withContact: false);

        Office.Win(deal);
        await Flow.UntilPageSaysAsync(deal.Project, "waiting: client.email");
        await Office.AssociateAsync(deal);

        var project = await Flow.UntilAsync("linked project", () => Office.LinkedProjectOf(deal));
        project.Notes.ShouldContain(deal.Email);
    }

    [Fact, Trait("Takes", "long")]
    public async Task A_deal_reopened_after_its_project_was_made_keeps_it_and_is_flagged()
    {
        var deal = Office.NewDeal("Sable Records", "Sleeves");
        Office.Win(deal);
        await Flow.UntilAsync("linked project", () => Office.LinkedProjectOf(deal));

        Office.Change(deal, ("dealstage", "contractsent"));

        await Flow.UntilPageSaysAsync("it is done, and yet", "Sable Records");
        Office.ProjectsOf(deal).ShouldHaveSingleItem().Tasks.Count.ShouldBe(2);
        ((bool)Office.ProjectsOf(deal)[0].Json["archived"]!).ShouldBeFalse();
    }
}
