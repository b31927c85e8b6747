using System.Net;
using System.Text;
using ClientFlow.Sync.Testing.Specs;

namespace ClientFlow.Sync.Connectors.Tests.Http;

/// <summary>Answers calls as a test scripted them, each once, and fails on a call that nobody expected.</summary>
public sealed class ScriptedTransport : HttpMessageHandler
{
    private readonly List<Step> steps = [];

    public List<(string Method, string PathAndQuery, string Body)> Calls { get; } = [];

    /// <summary>The requests, for the check against the vendor's description; the scripted answers are not checked.</summary>
    public SpecRecorder? Recorder { get; init; }

    /// <summary>Scripts one answer to the next call with this method whose path and query contain a text.</summary>
    public ScriptedTransport On(string method, string pathContains, HttpStatusCode status, string body, params (string Name, string Value)[] headers) =>
        On(method, pathContains, _ =>
        {
            var response = new HttpResponseMessage(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
            foreach (var (name, value) in headers) response.Headers.TryAddWithoutValidation(name, value);
            return Task.FromResult(response);
        });

    public ScriptedTransport On(string method, string pathContains, string body) => On(method, pathContains, HttpStatusCode.OK, body);

    public ScriptedTransport Fails(string method, string pathContains, Exception trouble) =>
        On(method, pathContains, _ => Task.FromException<HttpResponseMessage>(trouble));

    public ScriptedTransport Hangs(string method, string pathContains) => On(method, pathContains, async cancellationToken =>
    {
        var never = new TaskCompletionSource<HttpResponseMessage>();
        await using var registration = cancellationToken.Register(() => never.TrySetCanceled(cancellationToken));
        return await never.Task;
    });

    public ScriptedTransport On(string method, string pathContains, Func<CancellationToken, Task<HttpResponseMessage>> answer)
    {
        steps.Add(new Step(method, pathContains, answer));
        return this;
    }

    /// <summary>Everything that was scripted has been asked for.</summary>
    public void ShouldBeDone() => steps.ShouldBeEmpty();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var target = request.RequestUri!.PathAndQuery;
        var bytes = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken);
        Calls.Add((request.Method.Method, target, Encoding.UTF8.GetString(bytes)));
        Recorder?.Record(
            request.Method.Method, request.RequestUri.AbsolutePath, request.RequestUri.Query,
            request.Content?.Headers.ContentType?.ToString(), bytes);

        var step = steps.Find(one => one.Method == request.Method.Method && target.Contains(one.PathContains, StringComparison.Ordinal))
            ?? throw new InvalidOperationException($"nobody expected {request.Method} {target}");
        steps.Remove(step);
        var response = await step.Answer(cancellationToken);
        response.RequestMessage = request;
        return response;
    }

    private sealed record Step(string Method, string PathContains, Func<CancellationToken, Task<HttpResponseMessage>> Answer);
}
