using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Engine.Inbox;
using ClientFlow.Sync.Engine.Tests.Bench;

namespace ClientFlow.Sync.Engine.Tests.Inbox;

public sealed class InboxReaderTests
{
    [Fact]
    public async Task A_delivery_that_cannot_be_read_is_kept_and_told_and_its_neighbours_are_read()
    {
        await using var flow = await Flow.StartAsync();
        flow.Win("d1");
        flow.Win("d2");

        await flow.DeliverAsync("hint deal d1");
        await flow.DeliverAsync("{ garbage");
        await flow.DeliverAsync("hint deal d2");
        await flow.SettleAsync();

        flow.Projects.MadeOf<ProjectContent>().Count.ShouldBe(2);
        var entry = (await flow.JournalAsync("inbox.delivery.unreadable")).ShouldHaveSingleItem();
        entry.Level.ShouldBe(JournalLevel.Error);
        entry.Message.ShouldContain("is kept");
    }

    [Theory]
    [InlineData(FailureKind.Rejected, null)]
    [InlineData(FailureKind.Malformed, null)]
    [InlineData(FailureKind.Unavailable, Failure.NotTheCredential)]
    public async Task A_read_that_is_refused_for_one_record_holds_up_no_other_and_is_not_repeated_for_ever(FailureKind kind, string? reason)
    {
        await using var flow = await Flow.StartAsync();
        flow.Win("d1");
        flow.Win("d2");
        flow.Crm.ReadTrouble = (_, ids) => ids.Contains("bad")
            ? new Failure(kind, "`bad` is not an id") { Reason = reason, OneCall = reason is not null } : null;

        await flow.DeliverAsync("hint deal d1");
        await flow.DeliverAsync("hint deal bad");
        await flow.DeliverAsync("hint deal d2");
        await flow.SettleAsync();
        flow.Projects.MadeOf<ProjectContent>().Count.ShouldBe(2);

        await flow.PassAsync(TimeSpan.FromHours(2));
        flow.Crm.Reads.Count(r => r == "deal bad").ShouldBe(InboxReader.MostRefusals);
        flow.Crm.Reads.Count(r => r.Contains("bad")).ShouldBeInRange(InboxReader.MostRefusals, InboxReader.MostRefusals + 1, "with others at most once, and then alone");
        (await flow.SeeAsync(v => v.PendingDeliveries(0, 10))).ShouldBeEmpty();
        (await flow.JournalAsync("inbox.delivery.unreadable")).ShouldHaveSingleItem().Message.ShouldContain("`bad` is not an id");
    }

    [Theory]
    [InlineData(FailureKind.Rejected, null)]
    [InlineData(FailureKind.Missing, null)]
    [InlineData(FailureKind.Malformed, null)]
    [InlineData(FailureKind.Unavailable, Failure.NotTheCredential)]
    public async Task A_read_that_is_refused_for_a_while_buries_no_delivery(FailureKind kind, string? reason)
    {
        await using var flow = await Flow.StartAsync();
        flow.Crm.ReadTrouble = (_, ids) => ids.Contains("d1") ? new Failure(kind, "no, for now") { Reason = reason, Status = 403, OneCall = reason is not null } : null;
        await flow.WinAsync();
        await flow.PassAsync(TimeSpan.FromMinutes(1));
        (await flow.SeeAsync(v => v.PendingDeliveries(0, 10))).ShouldHaveSingleItem();

        // What comes meanwhile does not wait behind it.
        flow.Crm.ReadTrouble = static (_, _) => null;
        flow.Win("d2");
        await flow.DeliverAsync("hint deal d2");
        await flow.SettleAsync();
        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();

        await flow.PassAsync(TimeSpan.FromMinutes(5));
        flow.Projects.MadeOf<ProjectContent>().Count.ShouldBe(2);
        (await flow.JournalAsync("inbox.delivery.unreadable")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_tool_that_is_down_leaves_its_deliveries_waiting_and_reads_them_later()
    {
        await using var flow = await Flow.StartAsync();
        flow.Crm.Trouble = Fault.Down.Failure;
        await flow.WinAsync("d1");
        await flow.PassAsync(TimeSpan.FromMinutes(20));
        (await flow.SeeAsync(v => v.PendingDeliveries(0, 10))).Count.ShouldBe(1);
        flow.Crm.Reads.Count.ShouldBeLessThan(30, "it is asked seldom: for the delivery's record, and for another to tell an outage from that one's trouble");

        flow.Crm.Trouble = null;
        await flow.PassAsync(TimeSpan.FromMinutes(6));

        (await flow.SeeAsync(v => v.PendingDeliveries(0, 10))).ShouldBeEmpty();
        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Deliveries_accepted_before_a_crash_are_read_by_the_next_life()
    {
        await using var flow = await Flow.StartAsync();
        await flow.StopAsync();
        flow.Win();
        await flow.DoAsync(unit => unit.Accept(flow.Delivery("hint deal d1"), "e1"));

        await flow.StartAsync();
        await flow.SettleAsync();

        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
        flow.Crm.Polls.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_burst_of_hints_at_one_record_is_one_read()
    {
        await using var flow = await Flow.StartAsync();
        flow.Win();
        await flow.DoAsync(unit =>
        {
            for (var i = 0; i < 50; i++) unit.Accept(flow.Delivery("hint deal d1"), $"e{i}");
        });

        await flow.DeliverAsync("hint deal d1");
        await flow.SettleAsync();

        flow.Crm.Reads.ShouldBe(["deal d1"]);
    }

    [Fact]
    public async Task News_that_came_after_our_own_write_counts_although_older_deliveries_are_read_with_it()
    {
        await using var flow = await Flow.StartAsync();
        await flow.WinAsync();
        await flow.SettleAsync();
        var before = flow.Delivery("state project projects-1 x name=half", "projects");
        flow.Clock.Advance(TimeSpan.FromSeconds(1));
        var after = flow.Delivery("state project projects-1 x name=Renamed status=open", "projects");
        await flow.DoAsync(unit =>
        {
            unit.Accept(before with { ReceivedAt = before.ReceivedAt.AddSeconds(-10) }, "before");
            unit.Accept(after, "after");
        });

        flow.Workspace.Delivered.Set();
        await flow.SettleAsync();

        (await flow.SeeAsync(v => v.FindRecord(flow.Project("projects-1"))))!.Record.Text("name").ShouldBe("Renamed");
    }

    [Fact]
    public async Task A_delivery_to_a_tool_that_left_the_file_is_kept_and_told()
    {
        await using var flow = await Flow.StartAsync();

        await flow.DoAsync(unit => unit.Accept(flow.Delivery("hint deal d1") with { Tool = "old-crm" }, "e1"));
        await flow.RestartAsync();
        await flow.UntilAsync(() => flow.SeeAsync(v => v.PendingDeliveries(0, 1)).Result.Count == 0);

        (await flow.JournalAsync("inbox.delivery.unreadable")).ShouldHaveSingleItem().Message.ShouldContain("no tool `old-crm`");
        flow.Crm.Find(RecordKind.Deal, "d1").ShouldBeNull();
    }

    [Fact]
    public async Task A_tool_that_answers_slowly_holds_up_no_other_tools_deliveries()
    {
        await using var flow = await Flow.StartAsync();
        var answer = new TaskCompletionSource();
        flow.Crm.BeforeReadAnswers = () => answer.Task;
        flow.Win();
        await flow.DeliverAsync("hint deal d1");
        await flow.UntilAsync(() => flow.Crm.Reads.Count > 0);

        flow.Projects.Put(RecordKind.Project, "p1", ("name", "By hand"), ("status", "open"));
        await flow.DeliverAsync("hint project p1", "projects");
        await flow.UntilAsync(() => flow.SeeAsync(v => v.FindRecord(flow.Project("p1"))).Result is not null);

        answer.SetResult();
        await flow.SettleAsync();
        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_delivery_that_only_says_where_to_look_is_followed_by_a_poll()
    {
        await using var flow = await Flow.StartAsync();
        flow.Win();

        await flow.DeliverAsync("look deals");
        await flow.SettleAsync();

        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
        (await flow.SeeAsync(v => v.PendingDeliveries(0, 1))).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(FailureKind.Unavailable)]
    [InlineData(FailureKind.Uncertain)]
    public async Task A_record_that_its_tool_always_fails_at_holds_up_no_other_delivery_and_asks_a_person_after_a_day(FailureKind kind)
    {
        await using var flow = await Flow.StartAsync();
        flow.Win("d1");
        flow.Win("d2");
        flow.Crm.ReadTrouble = (_, ids) => ids.Contains("bad") ? new Failure(kind, "it failed (HTTP 500)") : null;

        await flow.DeliverAsync("hint deal d1");
        await flow.DeliverAsync("hint deal bad");
        await flow.DeliverAsync("hint deal d2");
        await flow.SettleAsync();
        flow.Projects.MadeOf<ProjectContent>().Count.ShouldBe(2);

        await flow.PassAsync(TimeSpan.FromHours(23));
        (await flow.SeeAsync(v => v.PendingDeliveries(0, 10))).ShouldHaveSingleItem("a part of the tool that is down comes back by itself");
        await flow.PassAsync(TimeSpan.FromHours(3));
        (await flow.SeeAsync(v => v.PendingDeliveries(0, 10))).ShouldBeEmpty();
        flow.Crm.Reads.Count(r => r == "deal bad").ShouldBeInRange(24, 32, "it is asked for once an hour in the end");
        (await flow.JournalAsync("health.tool.failed")).ShouldBeEmpty("its tool is well");
        var entry = (await flow.JournalAsync("inbox.delivery.unreadable")).ShouldHaveSingleItem();
        entry.Message.ShouldContain("deal bad is not shown to us");
        entry.Message.ShouldContain("it failed (HTTP 500)");

        flow.Crm.ReadTrouble = static (_, _) => null;
        flow.Win("bad");
        await flow.Engine.DeadLetters.ReplayAsync("all", Someone.Ann, TestContext.Current.CancellationToken);
        await flow.SettleAsync();
        flow.Projects.MadeOf<ProjectContent>().Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_record_that_its_tool_fails_at_alone_and_that_comes_again_and_again_is_told_from_an_outage()
    {
        await using var flow = await Flow.StartAsync();
        flow.Crm.ReadTrouble = (_, ids) => ids.Contains("bad") ? new Failure(FailureKind.Unavailable, "it failed (HTTP 500)") : null;
        await flow.DoAsync(unit =>
        {
            for (var i = 0; i < 50; i++) unit.Accept(flow.Delivery("hint deal bad"), $"e{i}");
        });
        await flow.DeliverAsync("hint deal bad");
        await flow.SettleAsync();

        flow.Workspace.Find("crm")!.Health.MayCall(flow.Clock.GetUtcNow()).ShouldBeTrue();
        flow.Crm.Reads.Count(r => r == "deal bad").ShouldBe(1, "they all hint at one record");
        await flow.WinAsync("d1");
        await flow.SettleAsync();
        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_record_that_was_refused_keeps_no_fresh_delivery_waiting_when_it_is_tried_again()
    {
        await using var flow = await Flow.StartAsync();
        flow.Crm.ReadTrouble = (_, ids) => ids.Contains("bad") ? new Failure(FailureKind.Unavailable, "it did not answer in time") : null;
        await flow.DeliverAsync("hint deal bad");
        await flow.SettleAsync();
        var hangs = new TaskCompletionSource();
        flow.Crm.WhileReading = ids => ids.Contains("bad") ? hangs.Task : Task.CompletedTask;
        flow.Win("d1");
        await flow.DoAsync(unit => unit.Accept(flow.Delivery("hint deal d1"), "fresh"));

        flow.Clock.Advance(TimeSpan.FromSeconds(30));
        await flow.UntilAsync(() => flow.Crm.Reads.Count(r => r == "deal bad") > 1);
        flow.Crm.Reads.ShouldContain("deal d1", "it was read first");

        hangs.SetResult();
        await flow.SettleAsync();
        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_delivery_that_hints_at_many_records_brings_those_that_are_shown()
    {
        await using var flow = await Flow.StartAsync();
        flow.Win("d1");
        flow.Win("d2");
        flow.Crm.ReadTrouble = (_, ids) => ids.Contains("bad") ? new Failure(FailureKind.Unavailable, "it failed (HTTP 500)") : null;

        await flow.DeliverAsync("hint deal d1,bad,d2");
        await flow.SettleAsync();

        flow.Projects.MadeOf<ProjectContent>().Count.ShouldBe(2);
        (await flow.SeeAsync(v => v.PendingDeliveries(0, 10))).ShouldHaveSingleItem("the one record is asked for again");
    }

    [Fact]
    public async Task An_outage_uses_up_no_delivery_however_long_it_lasts_and_ends_by_itself()
    {
        await using var flow = await Flow.StartAsync();
        await flow.WinAsync("d0");
        await flow.SettleAsync();
        flow.Crm.ReadTrouble = static (_, _) => new Failure(FailureKind.Unavailable, "it failed (HTTP 503)");
        await flow.WinAsync("d1");
        await flow.WinAsync("d2");
        await flow.PassAsync(TimeSpan.FromHours(12));
        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
        (await flow.SeeAsync(v => v.PendingDeliveries(0, 10))).Count.ShouldBe(2);

        flow.Crm.ReadTrouble = static (_, _) => null;
        await flow.PassAsync(TimeSpan.FromMinutes(6));

        flow.Projects.MadeOf<ProjectContent>().Count.ShouldBe(3);
        (await flow.JournalAsync("inbox.delivery.unreadable")).ShouldBeEmpty();
        (await flow.JournalAsync("health.tool.failed")).ShouldHaveSingleItem();
        (await flow.JournalAsync("health.tool.recovered")).ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(60)]
    [InlineData(100)]
    public async Task A_backlog_with_a_record_that_always_fails_is_read_although_the_budget_does_not_last_for_finding_it_at_once(int bad)
    {
        await using var flow = await Flow.StartAsync();
        flow.Crm.ReadTrouble = OneByOne(flow, 135, $"d{bad}");
        for (var i = 1; i <= 100; i++) flow.Crm.Put(RecordKind.Deal, $"d{i}", ("name", "x"), ("stage", "open"));
        await flow.DoAsync(unit =>
        {
            for (var i = 1; i <= 100; i++) unit.Accept(flow.Delivery($"hint deal d{i}"), $"e{i}");
        });

        flow.Workspace.Delivered.Set();
        await flow.PassAsync(TimeSpan.FromMinutes(5));

        (await flow.SeeAsync(v => v.PendingDeliveries(0, 200))).ShouldHaveSingleItem("only the one record is still waited for");
        (await flow.JournalAsync("inbox.delivery.unreadable")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_delivery_that_hints_at_more_than_the_budget_lasts_for_is_read_bit_by_bit()
    {
        await using var flow = await Flow.StartAsync();
        flow.Crm.ReadTrouble = OneByOne(flow, 70, bad: "none");

        await flow.DeliverAsync($"hint deal {string.Join(',', Enumerable.Range(1, 200).Select(i => $"d{i}"))}");
        await flow.PassAsync(TimeSpan.FromMinutes(8));

        (await flow.SeeAsync(v => v.PendingDeliveries(0, 10))).ShouldBeEmpty();
        (await flow.JournalAsync("inbox.delivery.unreadable")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_budget_that_was_spent_for_a_moment_makes_nothing_be_read_one_by_one_afterwards()
    {
        await using var flow = await Flow.StartAsync();
        var ids = Enumerable.Range(1, 60).Select(i => $"d{i}").ToList();
        ids.ForEach(id => flow.Crm.Put(RecordKind.Deal, id, ("name", "x"), ("stage", "open")));
        flow.Crm.ReadTrouble = (_, _) => flow.Crm.Reads.Count > 3 ? null : new Failure(FailureKind.RateLimited, "the budget is spent") { Reason = Failure.OwnBudget, OneCall = true };
        await flow.DeliverAsync("hint deal d1");
        await flow.UntilAsync(() =>
        {
            flow.Clock.Advance(TimeSpan.FromSeconds(1));
            return flow.Crm.Reads.Count > 3;
        });
        await flow.SettleAsync();
        var before = flow.Crm.Reads.Count;

        await flow.DeliverAsync($"hint deal {string.Join(',', ids)}");
        await flow.SettleAsync();

        (flow.Crm.Reads.Count - before).ShouldBe(1);
    }

    [Fact]
    public async Task A_record_that_fails_while_our_own_budget_is_spent_is_no_outage()
    {
        await using var flow = await Flow.StartAsync();
        flow.Crm.ReadTrouble = (kind, _) => kind == RecordKind.Deal
            ? new Failure(FailureKind.Unavailable, "it failed (HTTP 500)")
            : new Failure(FailureKind.RateLimited, "the budget is spent") { Reason = Failure.OwnBudget, OneCall = true, RetryAt = flow.Clock.GetUtcNow().AddSeconds(1) };

        await flow.DeliverAsync("hint deal bad");
        await flow.UntilAsync(() =>
        {
            flow.Clock.Advance(TimeSpan.FromSeconds(1));
            return flow.Crm.Reads.Count(r => r.StartsWith("client", StringComparison.Ordinal)) > 1;
        });

        (await flow.JournalAsync("health.tool.failed")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_tool_that_answers_every_read_with_a_page_for_people_is_down_and_buries_no_delivery()
    {
        await using var flow = await Flow.StartAsync();
        await flow.WinAsync("d0");
        await flow.SettleAsync();
        flow.Crm.ReadTrouble = static (_, _) => new Failure(FailureKind.Malformed, "it answered with `<html>`") { Status = 200 };
        await flow.WinAsync("d1");
        await flow.WinAsync("d2");

        await flow.PassAsync(TimeSpan.FromHours(2));
        (await flow.SeeAsync(v => v.PendingDeliveries(0, 10))).Count.ShouldBe(2);
        (await flow.JournalAsync("inbox.delivery.unreadable")).ShouldBeEmpty();
        (await flow.JournalAsync("health.tool.failed")).ShouldHaveSingleItem();

        flow.Crm.ReadTrouble = static (_, _) => null;
        await flow.PassAsync(TimeSpan.FromMinutes(6));
        (await flow.SeeAsync(v => v.PendingDeliveries(0, 10))).ShouldBeEmpty();
        flow.Projects.MadeOf<ProjectContent>().Count.ShouldBe(3);
    }

    [Fact]
    public async Task News_about_a_record_that_was_refused_waits_with_what_waits_for_it_and_splits_no_batch()
    {
        await using var flow = await Flow.StartAsync();
        flow.Crm.ReadTrouble = (_, ids) => ids.Contains("bad") ? new Failure(FailureKind.Unavailable, "it did not answer in time") : null;
        await flow.DeliverAsync("hint deal bad");
        await flow.SettleAsync();
        var before = flow.Crm.Reads.Count;
        await flow.DoAsync(unit =>
        {
            unit.Accept(flow.Delivery("hint deal bad"), "again");
            unit.Accept(flow.Delivery("hint deal bad,d6"), "and more");
            for (var i = 1; i <= 5; i++) unit.Accept(flow.Delivery($"hint deal d{i}"), $"e{i}");
        });

        flow.Workspace.Delivered.Set();
        await flow.SettleAsync();
        flow.Crm.Reads.Skip(before).ShouldHaveSingleItem("the others are read in one call, and the record that hangs is left alone").ShouldBe("deal d6,d1,d2,d3,d4,d5");
        (await flow.SeeAsync(v => v.PendingDeliveries(0, 10))).Count.ShouldBe(3);

        flow.Crm.ReadTrouble = static (_, _) => null;
        await flow.PassAsync(TimeSpan.FromSeconds(25));
        flow.Crm.Reads.Skip(before + 1).ShouldHaveSingleItem().ShouldBe("deal bad");
        (await flow.SeeAsync(v => v.PendingDeliveries(0, 10))).ShouldBeEmpty();
    }

    [Fact]
    public async Task News_about_a_record_that_stays_refused_is_given_up_in_its_turn_and_asked_for_no_more_often()
    {
        await using var flow = await Flow.StartAsync();
        flow.Crm.ReadTrouble = (_, ids) => ids.Contains("bad") ? new Failure(FailureKind.Rejected, "you may not see it") { Status = 403 } : null;
        await flow.DeliverAsync("hint deal bad");
        await flow.PassAsync(TimeSpan.FromMinutes(10));
        await flow.DoAsync(unit =>
        {
            for (var i = 0; i < 250; i++) unit.Accept(flow.Delivery("hint deal bad"), $"e{i}");
        });
        flow.Workspace.Delivered.Set();

        await flow.PassAsync(TimeSpan.FromMinutes(30));
        (await flow.JournalAsync("inbox.delivery.unreadable")).ShouldHaveSingleItem("those that came later are not buried with the first");
        await flow.PassAsync(TimeSpan.FromHours(6));

        (await flow.SeeAsync(v => v.PendingDeliveries(0, 300))).ShouldBeEmpty();
        flow.Crm.Reads.Count(r => r == "deal bad").ShouldBeLessThanOrEqualTo(2 * InboxReader.MostRefusals);
    }

    [Fact]
    public async Task A_delivery_whose_own_state_was_taken_in_does_not_wait_for_a_record_that_another_hints_at()
    {
        await using var flow = await Flow.StartAsync();
        flow.Crm.ReadTrouble = (_, ids) => ids.Contains("d1") ? new Failure(FailureKind.Rejected, "you may not see it") { Status = 403 } : null;
        await flow.DoAsync(unit =>
        {
            unit.Accept(flow.Delivery("state deal d1 1 name=Website stage=open"), "state");
            unit.Accept(flow.Delivery("hint deal d1"), "hint");
        });

        flow.Workspace.Delivered.Set();
        await flow.SettleAsync();

        (await flow.SeeAsync(v => v.FindRecord(flow.Deal())))!.Record.Text("name").ShouldBe("Website");
        (await flow.SeeAsync(v => v.PendingDeliveries(0, 10))).ShouldHaveSingleItem("only the hint waits").Delivery.Body.Length.ShouldBe("hint deal d1".Length);
    }

    [Fact]
    public async Task Another_record_that_has_the_same_trouble_does_not_make_an_outage_of_it()
    {
        await using var flow = await Flow.StartAsync();
        await KnowDealsAsync(flow, "d1", "d2");
        flow.Crm.ReadTrouble = (_, ids) => ids.Contains("d2") ? null : new Failure(FailureKind.Unavailable, "it failed (HTTP 500)");

        for (var i = 0; i < 10; i++)
        {
            await flow.DeliverAsync($"hint deal bad{i}");
            await flow.SettleAsync();
        }

        (await flow.JournalAsync("health.tool.failed")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Records_that_are_gone_keep_no_other_of_their_kind_from_speaking_for_their_tool()
    {
        await using var flow = await Flow.StartAsync();
        var gone = Enumerable.Range(100, 60).Select(i => $"d{i}").ToArray();
        await KnowDealsAsync(flow, [.. gone, "d900"]);
        foreach (var deal in gone) flow.Crm.Delete(RecordKind.Deal, deal);
        await flow.PollAsync();
        await flow.SettleAsync();
        flow.Crm.ReadTrouble = (kind, ids) => kind == RecordKind.Deal && !ids.Contains("bad") ? null : new Failure(FailureKind.Unavailable, "it failed (HTTP 500)");

        await flow.DeliverAsync("hint deal bad");
        await flow.SettleAsync();

        flow.Crm.Reads.ShouldContain("deal d900");
        (await flow.JournalAsync("health.tool.failed")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Whether_its_tool_is_there_is_not_asked_of_the_same_few_records_each_time()
    {
        await using var flow = await Flow.StartAsync();
        await KnowDealsAsync(flow, [.. Enumerable.Range(1001, 60).Select(i => $"{i}")]);
        var bad = Enumerable.Range(1030, 10).Select(i => $"{i}").ToList();
        flow.Crm.ReadTrouble = (_, ids) => ids.Any(bad.Contains) ? new Failure(FailureKind.Unavailable, "it failed (HTTP 500)") : null;

        foreach (var deal in bad)
        {
            await flow.DeliverAsync($"hint deal {deal}");
            await flow.SettleAsync();
        }

        // They are drawn by chance, and each of the ten draws anew whenever it is tried again.
        await flow.PassAsync(TimeSpan.FromHours(2));
        flow.Crm.Reads.ShouldContain(r => string.CompareOrdinal(r, "deal 1040") >= 0 || r == "deal 1029", "not just the lowest");
    }

    [Fact]
    public async Task Another_kind_does_not_speak_for_one_that_is_not_shown_at_all()
    {
        await using var flow = await Flow.StartAsync();
        await KnowDealsAsync(flow, "d1");
        flow.Crm.ReadTrouble = static (kind, _) => kind == RecordKind.Deal ? new Failure(FailureKind.Unavailable, "it failed (HTTP 500)") : null;

        await flow.DeliverAsync("hint deal d2");
        await flow.SettleAsync();

        (await flow.JournalAsync("health.tool.failed")).ShouldHaveSingleItem();
        flow.Crm.Reads.ShouldNotContain("client c1");
    }

    private static async Task KnowDealsAsync(Flow flow, params string[] deals)
    {
        foreach (var deal in deals) flow.Crm.Put(RecordKind.Deal, deal, ("name", deal), ("stage", "open"));
        await flow.PollAsync();
        await flow.SettleAsync();
    }

    // As Asana is read: a call for each record, so many a minute, and a failure costs what was read before it.
    private static Func<RecordKind, IReadOnlyList<string>, Failure?> OneByOne(Flow flow, int aMinute, string bad)
    {
        var gate = new Lock();
        var (minute, left) = (0L, 0);
        return (_, ids) =>
        {
            lock (gate)
            {
                var now = flow.Clock.GetUtcNow().Ticks / TimeSpan.TicksPerMinute;
                if (now != minute) (minute, left) = (now, aMinute);
                foreach (var id in ids)
                {
                    if (left-- <= 0) return new Failure(FailureKind.RateLimited, "slow down") { RetryAt = new DateTimeOffset((minute + 1) * TimeSpan.TicksPerMinute, TimeSpan.Zero) };
                    if (id == bad) return new Failure(FailureKind.Unavailable, "it failed (HTTP 500)");
                }

                return null;
            }
        };
    }
}
