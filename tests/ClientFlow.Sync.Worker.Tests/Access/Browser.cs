using System.Net;
using System.Text.RegularExpressions;

namespace ClientFlow.Sync.Worker.Tests.Access;

/// <summary>What a browser does at the door: keeps cookies, takes the token out of a page, sends forms. Follows no redirect by itself.</summary>
internal sealed partial class Browser(Uri url, string? host) : IDisposable
{
    private readonly HttpClient http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = url };

    /// <summary>What it keeps, by name.</summary>
    public Dictionary<string, string> Cookies { get; } = new(StringComparer.Ordinal);

    /// <summary>What it sends with every request.</summary>
    public Dictionary<string, string> Headers { get; } = new(StringComparer.OrdinalIgnoreCase);

    public async Task<Page> GetAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.RelativeOrAbsolute));
        return await SendAsync(request);
    }

    /// <summary>Sends a form as it is given, without looking at a page first.</summary>
    public async Task<Page> PostAsync(string path, params IEnumerable<(string Name, string Value)> fields)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative))
        {
            Content = new FormUrlEncodedContent(fields.Select(f => KeyValuePair.Create(f.Name, f.Value))),
        };
        return await SendAsync(request);
    }

    /// <summary>Sends a form from a page, with the token that stands there.</summary>
    public async Task<Page> SubmitAsync(string page, string action, params IEnumerable<(string Name, string Value)> fields)
    {
        var shown = await GetAsync(page);
        return await PostAsync(action, [("__RequestVerificationToken", shown.Token), .. fields]);
    }

    public Task<Page> SignInAsync(string name, string password, string to = "/") =>
        SubmitAsync("/sign-in", "/sign-in", ("name", name), ("password", password), ("returnUrl", to));

    public async Task<Page> SendAsync(HttpRequestMessage request)
    {
        if (host is not null && (!request.RequestUri!.IsAbsoluteUri || request.RequestUri.Authority == url.Authority)) request.Headers.Host = host;
        if (Cookies.Count > 0) request.Headers.Add("Cookie", string.Join("; ", Cookies.Select(c => $"{c.Key}={c.Value}")));
        foreach (var (name, value) in Headers) request.Headers.TryAddWithoutValidation(name, value);
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        if (answer.Headers.TryGetValues("Set-Cookie", out var set))
        {
            foreach (var cookie in set)
            {
                var (name, value) = cookie.Split(';')[0].Split('=', 2) is [var n, var v] ? (n, v) : (cookie, "");
                if (value.Length == 0) Cookies.Remove(name);
                else Cookies[name] = value;
            }
        }

        return new Page(answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), answer.Headers.Location?.ToString(),
            answer.Headers.ToDictionary(h => h.Key, h => string.Join('\n', h.Value), StringComparer.OrdinalIgnoreCase));
    }

    public void Dispose() => http.Dispose();

    internal sealed record Page(HttpStatusCode Status, string Html, string? Location, IReadOnlyDictionary<string, string> Headers)
    {
        public string Token => TokenField().Match(Html) is { Success: true } found ? found.Groups[1].Value : throw new InvalidOperationException($"no form on this page ({Status}):\n{Html}");
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex TokenField();
}
