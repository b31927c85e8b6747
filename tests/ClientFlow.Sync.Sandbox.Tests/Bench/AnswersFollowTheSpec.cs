using System.Collections.Concurrent;
using ClientFlow.Sync.Testing.Specs;

namespace ClientFlow.Sync.Sandbox.Tests.Bench;

/// <summary>Holds every answer of a simulated tool against the vendor's description; the calls may be wrong on purpose.</summary>
/// <param name="vendor">Names the description.</param>
/// <param name="knownBetter">Places of an answer where the vendor's prose adds to its description.</param>
internal sealed class AnswersFollowTheSpec(string vendor, params string[] knownBetter) : DelegatingHandler(new SocketsHttpHandler())
{
    private readonly ConcurrentQueue<(string Method, string Path, int Status, byte[] Body)> _answers = [];

    /// <summary>Asana's lists carry whatever `opt_fields` asks for, more than their compact schemas name.</summary>
    public ExtraFields Extras { get; init; } = ExtraFields.Refused;

    public void Verify()
    {
        if (SpecFolder.Find() is null)
            return; // The tests named "follows the specification" skip loudly then.
        var spec = ApiSpec.Load(vendor);
        _answers
            .Where(answer => answer.Status != 304)
            .Select(answer => (answer, Found: spec.CheckResponse(answer.Method, answer.Path, answer.Status, answer.Body, Extras)
                .Where(violation => violation.Where is not ("path" or "method") && !knownBetter.Contains(violation.Where)).ToList()))
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
