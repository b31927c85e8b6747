using System.Net;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Testing;

namespace ClientFlow.Sync.Connectors.Tests.Http;

/// <summary>A vendor's refusal as it is documented, for the tables that say what becomes of each.</summary>
public static class Refusal
{
    /// <summary>Answers a call as the vendor does, however often the floor repeats it.</summary>
    /// <param name="headers">As <c>Name: value</c>, parted by <c>|</c>.</param>
    public static ScriptedTransport Refuses(this ScriptedTransport transport, string method, string path, int status, string body, string headers)
    {
        var pairs = headers.Split('|', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(": ")).Select(pair => (pair[0], pair[1])).ToArray();
        for (var time = 0; time < 8; time++) transport.On(method, path, (HttpStatusCode)status, body, pairs);
        return transport;
    }

    /// <summary>Holds a failure against what the table says of it.</summary>
    /// <param name="who">Whom it concerns: <c>lane</c> waits as a whole, <c>call</c> alone; <c>-</c> where nothing waits.</param>
    /// <param name="wait">In how many seconds the vendor wants to be asked again; -1 where it doesn't say.</param>
    public static void ShouldBe(this Failure? failure, FailureKind kind, int status, string? reason, string who, double wait, ManualClock clock)
    {
        failure.ShouldNotBeNull();
        failure.ShouldSatisfyAllConditions(
            f => f.Kind.ShouldBe(kind),
            f => f.Status.ShouldBe(status),
            f => f.Reason.ShouldBe(reason),
            f => f.OneCall.ShouldBe(who == "call"),
            f => (f.RetryAt - clock.GetUtcNow())?.TotalSeconds.ShouldBe(wait),
            f => f.RetryAt.HasValue.ShouldBe(wait >= 0));
    }
}
