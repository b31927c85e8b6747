using System.Collections.Concurrent;
using ClientFlow.Sync.Testing.Specs;

namespace ClientFlow.Sync.Sandbox.Tests.Bench;

/// <summary>Holds every answer of a simulated tool against the vendor's description; the calls may be wrong on purpose.</summary>
internal sealed class AnswersFollowTheSpec(string vendor) : DelegatingHandler(new SocketsHttpHandler())
{
    private readonly ConcurrentQueue<(string Method, string Path, int Status, byte[] Body)> _answers = [];

    public void Verify()
    {
        if (SpecFolder.Find() is null)
            return; // The tests named "follows the specification" skip loudly then.
        var spec = ApiSpec.Load(vendor);
        _answers
            .Where(answer => answer.Status != 304)
            .Select(answer => (answer, Found: spec.CheckResponse(answer.Method, answer.Path, answer.Status, answer.Body, ExtraFields.Refused)
                .Where(violation => violation.Where is not ("path" or "method")).ToList()))
            .Where(pair => pair.Found.Count > 0)
            .Select(pair => $"{pair.answer.Method} {pair.answer.Path} [{pair.answer.Status}] {string.Join("; ", pair.Found)}")
            .ShouldBeEmpty();
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var response = await base.SendAsync(request, cancellationToken);
        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        _answers.Enqueue((request.Method.Method, request.RequestUri!.AbsolutePath, (int)response.StatusCode, body));
        return response;
    }
}
