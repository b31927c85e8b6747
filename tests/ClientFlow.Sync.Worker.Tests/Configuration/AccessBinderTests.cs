using ClientFlow.Sync.Core.Configuration;

namespace ClientFlow.Sync.Worker.Tests.Configuration;

/// <summary>Who may sign in, as the file says it, and what is wrong with it.</summary>
public sealed class AccessBinderTests
{
    [Fact]
    public void People_and_provider_are_read_with_their_roles()
    {
        var access = Mistakes.Text(Mistakes.Good).Config!.Access!;

        access.Url.ShouldBe(new Uri("https://flow.northwind.example/"));
        access.Users.Select(u => (u.Name, u.Role)).ShouldBe([("Anna", Role.Owner), ("Ben", Role.Assistant)]);
        access.Oidc!.ClientId.ShouldBe("northwind-client");
        access.Oidc.ClientSecret.Reveal().ShouldBe("oidc-secret-value");
        access.Oidc.People["ANNA@northwind.example"].ShouldBe(Role.Owner);
        access.Oidc.People["ben@northwind.example"].ShouldBe(Role.Assistant);
    }

    [Fact]
    public void Without_it_nobody_may() => Mistakes.Text(Mistakes.Good[..Mistakes.Good.IndexOf("\naccess:", StringComparison.Ordinal)]).Config!.Access.ShouldBeNull();

    [Theory]
    [InlineData("role: assistant", "role: asistant", Codes.UnknownWord, "did you mean `assistant`?")]
    [InlineData("role: assistant, ", "", Codes.MissingKey, null)]
    [InlineData("{ name: Ben, role", "{ nam: Ben, role", Codes.UnknownKey, "did you mean `name`?")]
    [InlineData("name: Ben,", "name: \"Ben: the second\",", Codes.NotAPerson, null)]
    [InlineData("    - { name: Ben, role: assistant, password: \"${BEN_PASSWORD}\" }", "    - Ben", Codes.WrongShape, "write it as in `- { name: Anna, role: owner, password: \"${ANNA_PASSWORD}\" }`")]
    [InlineData("\"${BEN_PASSWORD}\"", "correct-horse-battery", Codes.LiteralSecret, null)]
    [InlineData("\"${BEN_PASSWORD}\"", "clientflow1.210000.AJ3LQb_EpvWUUCc26eo8Qg.9N2E3MXGLNlGn45kJ0SsNsaB7Aodf04zX0zVQKDJ6aA", Codes.LiteralSecret, null)]
    [InlineData("  url: https://flow.northwind.example ", "  url: http://flow.northwind.example ", Codes.NotAUrl, "use https; only a loopback address may use http")]
    [InlineData("  url: https://flow.northwind.example ", "  url: https://flow.northwind.example/pages ", Codes.NotAUrl, null)]
    [InlineData("  url: https://flow.northwind.example ", "  # url:", Codes.MissingKey, "OpenID Connect sends people back to an address: write where they open the pages, as in `url: https://flow.your-business.example`")]
    [InlineData("authority: https://accounts", "authority: http://accounts", Codes.NotAUrl, "use https; only a loopback address may use http")]
    [InlineData("    authority: https://accounts.google.com\n", "", Codes.MissingKey, "the provider's issuer, as in `authority: https://accounts.google.com`")]
    [InlineData("assistants: [ ben@northwind.example ]", "assistants: [ anna@northwind.example ]", Codes.SamePerson, "name each person once, as owner or as assistant")]
    [InlineData("assistants: [ ben@northwind.example ]", "assistants: { ben: yes }", Codes.WrongShape, null)]
    public void Each_mistake_is_told_once_with_its_way_out(string good, string bad, string code, string? help)
    {
        var diagnostic = Mistakes.With(good, bad).Diagnostics.ShouldHaveSingleItem();

        diagnostic.Code.ShouldBe(code);
        if (help is not null) diagnostic.Help.ShouldBe(help);
    }

    [Fact]
    public void An_empty_section_says_what_to_write() =>
        Mistakes.Text(Mistakes.Good[..Mistakes.Good.IndexOf("\naccess:", StringComparison.Ordinal)] + "\naccess: { users: [] }\n").Diagnostics.ShouldHaveSingleItem().Code.ShouldBe(Codes.NobodySignsIn);

    [Theory]
    [InlineData("correct-horse-battery")]
    [InlineData("clientflow1.210000.AJ3LQb_EpvWUUCc26eo8Qg.9N2E3MXGLNlGn45kJ0SsNsaB7Aodf04zX0zVQKDJ6aA")]
    public void What_stands_there_instead_of_a_reference_is_shown_nowhere(string secret)
    {
        foreach (var place in (string[])["\"${BEN_PASSWORD}\"", "Ben,", "authority: https://accounts.google.com"])
        {
            var loaded = Mistakes.With(place, place == "Ben," ? $"Ben, pasword: {secret}," : secret);

            DiagnosticRenderer.Render(loaded.Diagnostics, loaded.Source).ShouldNotContain(secret.Split('.')[^1], customMessage: place);
        }
    }
}
