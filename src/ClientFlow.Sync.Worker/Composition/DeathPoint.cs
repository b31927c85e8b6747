using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Handoffs;
using ClientFlow.Sync.Core.Stores;

namespace ClientFlow.Sync.Worker.Composition;

/// <summary>
/// A point of the worker's life at which it kills itself, for debugging: the n-th commit of a kind, right before it is durable or
/// right after; or the n-th write to a tool, right before it leaves or right after its answer.
/// </summary>
public sealed class DeathPoint
{
    private readonly string name;
    private readonly bool after;
    private readonly int count;
    private int left;

    private DeathPoint(string name, bool after, int count) => (this.name, this.after, this.count, left) = (name, after, count, count);

    /// <summary>
    /// The points: a delivery is accepted; records are read in; a handoff is planned; an attempt is stored before it is sent; its
    /// result is stored; doubt is stored; any commit; a call that writes.
    /// </summary>
    public static IReadOnlyList<string> Names { get; } = ["delivery", "records", "plan", "attempt", "result", "doubt", "commit", "call"];

    /// <summary>Reads <c>attempt:after:3</c>; null when it is none.</summary>
    public static DeathPoint? Parse(string text) => text.Split(':') is [var name, "before" or "after", var number] parts && Names.Contains(name) &&
        int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0
        ? new DeathPoint(name, parts[1] == "after", count)
        : null;

    public override string ToString() => $"{name}:{(after ? "after" : "before")}:{count}";

    /// <summary>The store, watched.</summary>
    public IStore Watch(IStore store) => name == "call" ? store : new WatchedStore(store, this);

    /// <summary>The innermost handler of a tool's calls, watched.</summary>
    public HttpMessageHandler Watch(HttpMessageHandler handler) => name == "call" ? new WatchedCalls(this) { InnerHandler = handler } : handler;

    private bool IsReached() => Interlocked.Decrement(ref left) == 0;

    // SIGKILL, to ourselves: no farewell, no last write. Nothing of this process goes on beyond this line.
    private static void Die()
    {
        using var self = Process.GetCurrentProcess();
        self.Kill();
        Thread.Sleep(Timeout.Infinite);
    }

    private sealed class WatchedStore(IStore inner, DeathPoint point) : IStore
    {
        public async Task<T> WriteAsync<T>(WritePriority priority, Func<IUnitOfWork, T> work, CancellationToken cancellationToken)
        {
            var reached = false;
            var answer = await inner.WriteAsync(priority, unit =>
            {
                var watched = WatchedUnit.Of(unit);
                var worked = work((IUnitOfWork)(object)watched);
                reached = (point.name == "commit" || watched.Did.Contains(point.name)) && point.IsReached();
                if (reached && !point.after) Die();
                return worked;
            }, cancellationToken);
            if (reached) Die();
            return answer;
        }

        public Task<bool> AcceptAsync(Delivery delivery, string identity, CancellationToken cancellationToken) =>
            WriteAsync(WritePriority.Urgent, unit => unit.Accept(delivery, identity), cancellationToken);

        public Task<T> ReadAsync<T>(Func<IReadView, T> work, CancellationToken cancellationToken) => inner.ReadAsync(work, cancellationToken);

        public TimeSpan? WritingFor => inner.WritingFor;

        public Task<int> PruneAsync(DateTimeOffset now, CancellationToken cancellationToken) => inner.PruneAsync(now, cancellationToken);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }

    private sealed class WatchedCalls(DeathPoint point) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            // A search is a POST that writes nothing.
            var path = request.RequestUri?.AbsolutePath ?? "";
            var reached = request.Method != HttpMethod.Get && !path.EndsWith("/search", StringComparison.Ordinal) &&
                !path.EndsWith("/batch/read", StringComparison.Ordinal) && !path.EndsWith("/token", StringComparison.Ordinal) && point.IsReached();
            if (reached && !point.after) Die();
            var answer = await base.SendAsync(request, cancellationToken);
            if (reached) Die();
            return answer;
        }
    }

    /// <summary>A unit of work that notes what it is used for.</summary>
    public class WatchedUnit : DispatchProxy
    {
        private IUnitOfWork inner = null!;

        internal HashSet<string> Did { get; } = new(StringComparer.Ordinal);

        internal static WatchedUnit Of(IUnitOfWork unit)
        {
            var proxy = (WatchedUnit)(object)Create<IUnitOfWork, WatchedUnit>();
            proxy.inner = unit;
            return proxy;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            switch (targetMethod?.Name, args?.FirstOrDefault())
            {
                case (nameof(IUnitOfWork.Accept), _):
                    Did.Add("delivery");
                    break;
                case (nameof(IUnitOfWork.SaveStream) or nameof(IUnitOfWork.Settle), _):
                    Did.Add("records");
                    break;
                case (nameof(IUnitOfWork.SaveHandoff), Handoff { State: HandoffState.Ready or HandoffState.Waiting }):
                    Did.Add("plan");
                    break;
                case (nameof(IUnitOfWork.SaveAction), HandoffAction { State: var state }):
                    if (state is ActionState.Sending) Did.Add("attempt");
                    if (state is ActionState.Done) Did.Add("result");
                    if (state is ActionState.Uncertain) Did.Add("doubt");
                    break;
            }

            return targetMethod!.Invoke(inner, BindingFlags.DoNotWrapExceptions, null, args, null);
        }
    }
}
