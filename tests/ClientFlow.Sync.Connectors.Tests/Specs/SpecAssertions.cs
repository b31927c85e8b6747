using System.Text;
using ClientFlow.Sync.Testing.Specs;

namespace ClientFlow.Sync.Connectors.Tests.Specs;

/// <summary>A request or an answer in one line, and what the description should say to it.</summary>
internal static class SpecAssertions
{
    /// <summary>Takes `POST /projects?opt_pretty=true`; a body that begins with a brace is JSON, any other one a form.</summary>
    public static IReadOnlyList<SpecViolation> Request(this ApiSpec spec, string call, string? body = null)
    {
        var (method, path, query) = Cut(call);
        var contentType = body is null ? null
            : body.TrimStart()[0] is '{' or '[' ? "application/json; charset=utf-8" : "application/x-www-form-urlencoded";
        return spec.CheckRequest(method, path, query, contentType, Bytes(body));
    }

    public static IReadOnlyList<SpecViolation> Answer(
        this ApiSpec spec, string call, int status, string? body = null, ExtraFields extras = ExtraFields.RefusedWhereClosed)
    {
        var (method, path, _) = Cut(call);
        return spec.CheckResponse(method, path, status, Bytes(body), extras);
    }

    public static void ShouldPass(this IReadOnlyList<SpecViolation> violations) => violations.ShouldBeEmpty(string.Join("\n", violations));

    /// <summary>Exactly one violation, at that place: one mistake must not be reported as two.</summary>
    public static void ShouldFailAt(this IReadOnlyList<SpecViolation> violations, string where) =>
        violations.Select(violation => violation.Where).ShouldBe([where], string.Join("\n", violations));

    private static (string Method, string Path, string Query) Cut(string call)
    {
        var words = call.Split(' ', 2);
        var address = words[1].Split('?', 2);
        return (words[0], address[0], address.Length > 1 ? address[1] : "");
    }

    private static byte[] Bytes(string? body) => Encoding.UTF8.GetBytes(body ?? "");
}
