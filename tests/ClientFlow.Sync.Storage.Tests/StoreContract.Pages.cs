using System.Diagnostics;
using ClientFlow.Sync.Core.Engagements;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;

namespace ClientFlow.Sync.Storage.Tests;

/// <summary>What the pages ask of a store.</summary>
public abstract partial class StoreContract
{
    [Fact]
    public async Task What_a_person_said_of_a_handoff_comes_back()
    {
        var handoff = Some.Handoff() with
        {
            ApprovedFor = "Website|GBP 1.00", Edits = new Dictionary<string, string> { ["project.name"] = "Søren’s \"site\"" }, Dismissed = "seen",
        };
        await Save(unit => unit.SaveHandoff(handoff));
        await Save(unit => unit.SaveHandoff(handoff with { State = HandoffState.Sending }));

        var found = (await Read(view => view.FindHandoff(handoff.Id)))!;

        (found.ApprovedFor, found.Edits["project.name"], found.Dismissed).ShouldBe(("Website|GBP 1.00", "Søren’s \"site\"", "seen"));
    }

    [Fact]
    public async Task Flagged_handoffs_are_found_until_the_flag_goes()
    {
        var flagged = Some.Handoff("1", HandoffState.Done) with { Flag = "please look" };
        await Save(unit =>
        {
            unit.SaveHandoff(flagged);
            unit.SaveHandoff(Some.Handoff("2", HandoffState.Done));
        });

        (await Read(view => view.FlaggedHandoffs(10))).ShouldHaveSingleItem().Id.ShouldBe(flagged.Id);
        await Save(unit => unit.SaveHandoff(flagged with { Flag = null }));
        (await Read(view => view.FlaggedHandoffs(10))).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_rules_reliability_counts_what_became_of_its_handoffs()
    {
        var late = TimeSpan.FromMinutes(15);
        await Save(unit =>
        {
            unit.SaveHandoff(Some.Handoff("1", HandoffState.Done) with { ReadyAt = Some.Now, DoneAt = Some.Now.AddMinutes(1) });
            unit.SaveHandoff(Some.Handoff("2", HandoffState.Done) with { ReadyAt = Some.Now, DoneAt = Some.Now.AddHours(1) });
            unit.SaveHandoff(Some.Handoff("3", HandoffState.Ready) with { ReadyAt = Some.Now });
            unit.SaveHandoff(Some.Handoff("4", HandoffState.Dead));
            unit.SaveHandoff(Some.Handoff("5", HandoffState.Waiting));
            unit.SaveHandoff(Some.Handoff("6", HandoffState.Baseline));
            unit.SaveHandoff(Some.Handoff("7", HandoffState.Skipped));
            unit.SaveHandoff(Some.Handoff("8", HandoffState.Done, planned: Some.Now.AddDays(-40)) with { DoneAt = Some.Now.AddDays(-39) });
        });

        (await Read(view => view.Reliability(Some.Now.AddDays(-30), Some.Now.AddHours(2), late)))
            .ShouldBe([new RuleReliability("won-deal-to-project", Due: 5, Fired: 2, Late: 2, Failed: 1, Waiting: 1)]);
        (await Read(view => view.CountDoneSince(Some.Now))).ShouldBe(2);
    }

    [Fact]
    public async Task Engagements_are_counted_by_stage_and_currency_to_the_cent()
    {
        await Save(unit =>
        {
            unit.SaveEngagement(At("1", Stage.Delivery, new Money(0.10m, "GBP")));
            unit.SaveEngagement(At("2", Stage.Delivery, new Money(0.20m, "GBP")));
            unit.SaveEngagement(At("3", Stage.Delivery, new Money(12.345m, "KWD")));
            unit.SaveEngagement(At("4", Stage.Delivery, null));
            unit.SaveEngagement(At("5", Stage.Offboarding, new Money(9m, "GBP")) with { Since = Some.Now.AddDays(-91) });
        });

        var totals = await Read(view => view.CountStages(Some.Now.AddDays(-90)));

        totals.ShouldBe(
        [
            new StageTotal(Stage.Delivery, 1, new Money(12.345m, "KWD")), new StageTotal(Stage.Delivery, 2, new Money(0.30m, "GBP")),
            new StageTotal(Stage.Delivery, 1, null),
        ], ignoreOrder: true);
    }

    [Fact]
    public async Task An_engagement_keeps_the_moment_it_came_to_its_stage()
    {
        await Save(unit => unit.SaveEngagement(At("1", Stage.Delivery, null)));
        await Save(unit => unit.SaveEngagement(At("1", Stage.Delivery, new Money(5, "GBP")) with { Since = Some.Now.AddDays(1) }));
        (await Read(view => view.FindEngagement(Some.Deal("1"))))!.Since.ShouldBe(Some.Now);

        await Save(unit => unit.SaveEngagement(At("1", Stage.Billing, null) with { Since = Some.Now.AddDays(2) }));
        (await Read(view => view.EngagementsIn(Stage.Billing, 5))).ShouldHaveSingleItem().Since.ShouldBe(Some.Now.AddDays(2));
        await Save(unit => unit.RemoveEngagement(Some.Deal("1")));
        (await Read(view => view.FindEngagement(Some.Deal("1")))).ShouldBeNull();
    }

    [Theory]
    [InlineData("lar", "31")]
    [InlineData("TIMBER larch", "31")]
    [InlineData("ada@larch.example", "31")]
    [InlineData("soren", "32")]
    [InlineData("arch", "")]
    [InlineData("\"; DROP TABLE people; --", "")]
    [InlineData("larch OR soren", "")]
    [InlineData("   ", "")]
    [InlineData("*", "")]
    public async Task People_are_found_by_the_beginnings_of_words_of_name_and_email(string text, string found)
    {
        await Save(unit =>
        {
            unit.SaveRecord(Some.Row(Some.Client("31"), ("name", Some.Text("Larch Timber")), ("email", Some.Text("ada@larch.example"))));
            unit.SaveRecord(Some.Row(Some.Client("32"), ("name", Some.Text("Søren & Sören"))));
            unit.SaveRecord(Some.Row(Some.Deal(), ("name", Some.Text("Larch website"))));
            unit.SaveRecord(Some.Row(Some.Client("33"), ("name", Some.Text("Larch that was deleted"))) with { Gone = true });
        });

        (await Read(view => view.FindPeople(text, 10))).Select(r => r.Record.Ref.Id).ShouldBe(found.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task A_client_who_is_renamed_is_found_by_the_new_name_alone()
    {
        await Save(unit => unit.SaveRecord(Some.Row(Some.Client(), ("name", Some.Text("Larch Timber")))));
        await Save(unit => unit.SaveRecord(Some.Row(Some.Client(), ("name", Some.Text("Alder Wood")))));

        (await Read(view => view.FindPeople("larch", 10))).ShouldBeEmpty();
        (await Read(view => view.FindPeople("alder", 10))).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_paused_tool_gets_no_write_until_it_is_resumed()
    {
        var handoff = Some.Handoff();
        await Save(unit =>
        {
            unit.SaveHandoff(handoff);
            unit.SaveAction(Some.Action(handoff));
            unit.SavePause(new Pause(PauseOf.Tool, "projects", "ada", Some.Now));
        });

        (await Read(view => view.DueActions("projects", Some.Now, [], 10))).ShouldBeEmpty();
        (await Read(view => view.NextActionAt("projects", []))).ShouldBeNull();
        (await Read(view => view.Pauses())).ShouldBe([new Pause(PauseOf.Tool, "projects", "ada", Some.Now)]);

        await Save(unit => unit.RemovePause(PauseOf.Tool, "projects"));
        (await Read(view => view.DueActions("projects", Some.Now, [], 10))).ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData(ActionState.Pending, 0)]
    [InlineData(ActionState.Sending, 1)]
    [InlineData(ActionState.Uncertain, 1)]
    public async Task Of_a_paused_rule_only_what_may_have_been_sent_already_goes_on(ActionState state, int due)
    {
        var handoff = Some.Handoff() with { State = HandoffState.Sending };
        await Save(unit =>
        {
            unit.SaveHandoff(handoff);
            unit.SaveAction(Some.Action(handoff) with { State = state });
            unit.SavePause(new Pause(PauseOf.Rule, handoff.Key.Rule, "ada", Some.Now));
        });

        (await Read(view => view.DueActions("projects", Some.Now, [], 10))).Count.ShouldBe(due);
        (await Read(view => view.NextActionAt("projects", []))).HasValue.ShouldBe(due > 0);

        await Save(unit => unit.RemovePause(PauseOf.Rule, handoff.Key.Rule));
        (await Read(view => view.DueActions("projects", Some.Now, [], 10))).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task An_unmapped_value_that_was_seen_to_is_forgotten()
    {
        await Save(unit => unit.CountUnmapped("crm", RecordKind.Deal, "stage", "odd", Some.Now));
        await Save(unit => unit.ForgetUnmapped("crm", RecordKind.Deal, "stage", "odd"));

        (await Read(view => view.Unmapped())).ShouldBeEmpty();
    }

    [Fact]
    public async Task Deliveries_are_found_by_when_they_came()
    {
        await Save(unit =>
        {
            unit.Accept(Some.Delivery("first", Some.Now), "a");
            unit.Accept(Some.Delivery("second", Some.Now.AddMinutes(1)), "b");
            unit.Accept(Some.Delivery("later", Some.Now.AddHours(1)), "c");
            for (var id = 1; id <= 3; id++) unit.Settle(id, InboxState.Read, null);
        });

        var found = await Read(view => view.DeliveriesBetween("crm", Some.Now, Some.Now.AddMinutes(5), 10));

        found.Select(d => System.Text.Encoding.UTF8.GetString(d.Delivery.Body.Span)).ShouldBe(["second", "first"]);
        (await Read(view => view.DeliveriesBetween("billing", Some.Now, Some.Now.AddHours(5), 10))).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_journal_is_asked_by_client_and_by_time()
    {
        await Save(unit =>
        {
            for (var hour = 0; hour < 6; hour++)
                unit.Write(Some.Entry($"{hour}", client: hour % 2 == 0 ? "Larch Timber" : "Larch") with { At = Some.Now.AddHours(hour) });
        });

        (await Messages(new JournalQuery { Client = "Larch Timber" })).ShouldBe(["4", "2", "0"]);
        (await Messages(new JournalQuery { Since = Some.Now.AddHours(2), Until = Some.Now.AddHours(4) })).ShouldBe(["3", "2"]);
        (await Messages(new JournalQuery { Since = Some.Now.AddHours(9) })).ShouldBeEmpty();
        (await Messages(new JournalQuery { Client = "Larch", Since = Some.Now.AddHours(2), Max = 1 })).ShouldBe(["5"]);
        (await Read(view => view.CountEvents(Some.Now.AddHours(4)))).ShouldBe([("handoff.project.done", 2)]);
        var entry = (await Read(view => view.Journal(new JournalQuery { Max = 1 }))).Single();
        (await Read(view => view.FindEntry(entry.Id))).ShouldBe(entry);
        (await Read(view => view.FindEntry(entry.Id + 1))).ShouldBeNull();
    }

    [Fact]
    public async Task What_is_far_back_in_the_journal_is_found_with_the_same_words_and_filters()
    {
        await Save(unit =>
        {
            unit.Write(Some.Entry("Invoice of Nettle Teas was made", client: "Nettle Teas", level: JournalLevel.Warning) with { Tool = "billing", Rule = "r", Handoff = "h1" });
            unit.Write(Some.Entry("Invoice of Basalt was made", client: "Basalt") with { Tool = "crm" });
            for (var i = 0; i < 9_000; i++) unit.Write(Some.Entry($"Deal {i}: stage proposal → won") with { Tool = i % 2 == 0 ? "crm" : "projects" });
        });

        foreach (var query in (JournalQuery[])
        [
            new() { Text = "nettle inv" }, new() { Text = "TEAS", Tool = "billing" }, new() { Tool = "billing", Rule = "r" }, new() { Client = "Nettle Teas" },
            new() { Tool = "billing", Handoff = "h1", AtLeast = JournalLevel.Warning, Text = "made" },
        ])
            (await Messages(query)).ShouldBe(["Invoice of Nettle Teas was made"], query.ToString());
        foreach (var query in (JournalQuery[])
        [
            new() { Text = "ettle" }, new() { Text = "nettle", Tool = "crm" }, new() { Client = "Nettle" }, new() { Tool = "billing", AtLeast = JournalLevel.Error },
        ])
            (await Messages(query)).ShouldBeEmpty(query.ToString());

        // A page goes on where the one before ended, across the two ways of looking.
        var seen = new List<long>();
        long? before = null;
        while (true)
        {
            var page = await Read(view => view.Journal(new JournalQuery { Text = "deal won", Tool = "projects", Max = 700, Before = before }));
            if (page.Count == 0) break;
            seen.AddRange(page.Select(e => e.Id));
            before = page[^1].Id;
        }

        seen.Count.ShouldBe(4_500);
        seen.ShouldBeInOrder(SortDirection.Descending);
        seen.ShouldBeUnique();
    }

    [Theory]
    [InlineData("नमस्ते")]
    [InlineData("สวัสดี")]
    [InlineData("שָׁלוֹם")]
    [InlineData("a😀b")]
    [InlineData("Zoë")]
    public async Task Names_in_any_script_are_searched_and_found(string name)
    {
        await Save(unit =>
        {
            unit.Write(Some.Entry($"Deal of {name} was won", client: name));
            for (var i = 0; i < 5_000; i++) unit.Write(Some.Entry("something else"));
        });

        (await Read(view => view.Journal(new JournalQuery { Text = name }))).ShouldHaveSingleItem().Client.ShouldBe(name);
    }

    [Fact]
    public async Task Whoever_waits_for_a_person_is_found_behind_any_number_that_wait_for_facts()
    {
        await Save(unit =>
        {
            unit.SaveHandoff(Some.Handoff("asks") with { State = HandoffState.Waiting, Hold = Hold.Approval, PlannedAt = Some.Now.AddDays(-9) });
            for (var i = 0; i < 600; i++) unit.SaveHandoff(Some.Handoff($"facts-{i}") with { State = HandoffState.Waiting, Hold = Hold.Facts });
        });

        (await Read(view => view.HandoffsHeld(10))).ShouldHaveSingleItem().Hold.ShouldBe(Hold.Approval);
    }

    [Fact]
    public async Task A_very_long_search_is_answered_at_once()
    {
        await Save(unit => unit.Write(Some.Entry("Website")));
        var clock = Stopwatch.StartNew();

        (await Messages(new JournalQuery { Text = string.Concat(Enumerable.Repeat("web ", 200_000)) })).Count().ShouldBeLessThan(2);
        (await Read(view => view.FindPeople(new string('x', 1_000_000), 5))).ShouldBeEmpty();

        clock.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(5));
    }

    private static EngagementRow At(string deal, Stage stage, Money? worth) =>
        new(Some.Deal(deal), stage, "a project is open", Some.Now, "Larch Timber", "Website", worth);
}
