using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Engine.People;
using ClientFlow.Sync.Engine.Tests.Bench;

namespace ClientFlow.Sync.Engine.Tests.People;

public sealed class DeadLettersTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_needs_a_person_is_listed_with_its_reason_and_all_of_it_is_put_back_at_once()
    {
        await using var flow = await Flow.StartAsync();
        flow.Projects.PrepareTrouble = new Failure(FailureKind.Rejected, "the team was deleted");
        await flow.WinAsync("d1");
        await flow.WinAsync("d2");
        await flow.DeliverAsync("{ garbage");
        await flow.SettleAsync();

        var letters = await flow.SeeAsync(DeadLetters.In);
        letters.Count.ShouldBe(3);
        letters[0].Reason.ShouldContain("the team was deleted");
        letters[2].Id.ShouldStartWith("delivery-");
        letters[2].What.ShouldContain("to crm of 2026-11-02");

        flow.Projects.PrepareTrouble = null;
        var (done, said) = await flow.Engine.DeadLetters.ReplayAsync(DeadLetters.All, Someone.Ann, Token);
        await flow.SettleAsync();

        done.ShouldBeTrue();
        said.Split('\n').Length.ShouldBe(3);
        flow.Projects.MadeOf<ProjectContent>().Count.ShouldBe(2);
        (await flow.HandoffsAsync()).ShouldAllBe(h => h.State == HandoffState.Done);

        // It is garbage still: it is kept again, and said again.
        (await flow.SeeAsync(DeadLetters.In)).ShouldHaveSingleItem().Id.ShouldBe(letters[2].Id);
        (await flow.JournalAsync("inbox.delivery.unreadable")).Count.ShouldBe(2);
        (await flow.JournalAsync("people.delivery.replayed")).ShouldHaveSingleItem().Message.ShouldStartWith("ann ");
    }

    [Fact]
    public async Task A_delivery_whose_cause_was_mended_is_read_when_it_is_put_back()
    {
        await using var flow = await Flow.StartAsync();
        flow.Crm.ReadTrouble = (_, _) => new Failure(FailureKind.Rejected, "the scope crm.deals is missing");
        await flow.WinAsync();
        await flow.PassAsync(TimeSpan.FromHours(1));
        var letter = (await flow.SeeAsync(DeadLetters.In)).ShouldHaveSingleItem();
        flow.Crm.ReadTrouble = static (_, _) => null;

        (await flow.Engine.DeadLetters.ReplayAsync(letter.Id, Someone.Ann, Token)).Done.ShouldBeTrue();
        await flow.SettleAsync();

        flow.Projects.MadeOf<ProjectContent>().ShouldHaveSingleItem();
        (await flow.SeeAsync(DeadLetters.In)).ShouldBeEmpty();
        (await flow.Engine.DeadLetters.ReplayAsync(letter.Id, Someone.Ann, Token)).Done.ShouldBeFalse();
    }

    [Fact]
    public async Task A_dead_letter_whose_rule_is_gone_is_not_sent()
    {
        await using var flow = await Flow.StartAsync();
        flow.Projects.PrepareTrouble = new Failure(FailureKind.Rejected, "the team was deleted");
        await flow.WinAsync();
        await flow.SettleAsync();
        flow.Projects.PrepareTrouble = null;
        await flow.RestartAsync(Rules.RenewalReminder);

        var (done, said) = await flow.Engine.Decisions.RetryAsync((await flow.HandoffAsync()).Id, Someone.Ann, Token);
        (await flow.Engine.DeadLetters.ReplayAsync(DeadLetters.All, Someone.Ann, Token)).Done.ShouldBeFalse();
        await flow.PassAsync(TimeSpan.FromHours(1));

        done.ShouldBeFalse();
        said.ShouldContain("no longer in the mapping file");
        flow.Projects.Calls.ShouldBeEmpty();
        (await flow.Engine.Decisions.SkipAsync((await flow.HandoffAsync()).Id, Someone.Ann, Token)).Done.ShouldBeTrue();
    }

    [Fact]
    public async Task Putting_back_a_whole_rule_repeats_nothing_that_a_tool_confirmed()
    {
        await using var flow = await Flow.StartAsync();
        var sent = 0;
        flow.Projects.WhilePreparing = () =>
        {
            if (++sent == 3) flow.Projects.Next(Fault.Rejected("tasks need an assignee"));
            return Task.CompletedTask;
        };
        await flow.WinAsync();
        await flow.SettleAsync();

        (await flow.Engine.DeadLetters.ReplayAsync("won-deal-to-project", Someone.Ann, Token)).Done.ShouldBeTrue();
        await flow.SettleAsync();

        flow.Projects.Calls.Select(c => c.Call.Order.Name).ShouldBe(["project", "section", "task-1", "task-1", "task-2"]);
        (await flow.Engine.DeadLetters.ReplayAsync("won-deal-to-project", Someone.Ann, Token)).Done.ShouldBeFalse();
    }
}
