using ClientFlow.Sync.Connectors.Http;
using ClientFlow.Sync.Core.Connectors;

namespace ClientFlow.Sync.Connectors.Tests.Http;

/// <summary>What many want to know at once, one asks.</summary>
public sealed class OneAsksTests
{
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly Failure Down = new(FailureKind.Unavailable, "the tool is down");

    [Fact]
    public async Task Those_who_waited_for_an_answer_that_failed_do_not_each_ask_a_tool_that_is_down()
    {
        using var question = new OneAsks();
        var (answer, asked) = (new TaskCompletionSource<Failure?>(TaskCreationOptions.RunContinuationsAsynchronously), 0);
        var callers = Enumerable.Range(0, 5).Select(_ => question.AskAsync(Ask, None)).ToList();

        answer.SetResult(Down);

        (await Task.WhenAll(callers)).ShouldAllBe(failure => failure == Down);
        asked.ShouldBe(1);

        Task<Failure?> Ask()
        {
            asked++;
            return answer.Task;
        }
    }

    [Fact]
    public async Task Whoever_comes_after_a_failure_asks_again_and_after_a_success_everybody_looks_for_himself()
    {
        using var question = new OneAsks();
        var asked = 0;

        (await question.AskAsync(() => Ask(Down), None)).ShouldBe(Down);
        (await question.AskAsync(() => Ask(null), None)).ShouldBeNull();
        (await question.AskAsync(() => Ask(null), None)).ShouldBeNull();

        asked.ShouldBe(3);

        Task<Failure?> Ask(Failure? failure)
        {
            asked++;
            return Task.FromResult(failure);
        }
    }

    [Fact]
    public async Task One_who_gives_up_leaves_the_question_to_the_next()
    {
        using var question = new OneAsks();
        using var patience = new CancellationTokenSource();
        var first = question.AskAsync(async () =>
        {
            await Task.Delay(Timeout.Infinite, patience.Token);
            return Down;
        }, patience.Token);
        var second = question.AskAsync(() => Task.FromResult<Failure?>(null), None);

        await patience.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(first);
        (await second).ShouldBeNull();
    }
}
