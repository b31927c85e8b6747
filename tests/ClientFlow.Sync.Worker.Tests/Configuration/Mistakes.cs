using System.Text;
using ClientFlow.Sync.Connectors.HubSpot;
using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Worker.Configuration;

namespace ClientFlow.Sync.Worker.Tests.Configuration;

/// <summary>One mistake for each code, made on purpose: the examples of docs/diagnostics.md.</summary>
internal sealed record Mistake(string Code, string Title, string Cause, string Cure, Func<LoadResult> Make)
{
    /// <summary>What the user sees.</summary>
    public string Render()
    {
        var loaded = Make();
        var block = loaded.Diagnostics.FirstOrDefault(d => d.Code == Code) ?? throw new InvalidOperationException(
            $"the example of {Code} gave:\n{DiagnosticRenderer.Render(loaded.Diagnostics, loaded.Source)}");
        return DiagnosticRenderer.Render([block], loaded.Source).TrimEnd('\n').Replace(Mistakes.Folder + "/", "", StringComparison.Ordinal);
    }
}

internal static class Mistakes
{
    public static readonly string Folder = Directory.CreateTempSubdirectory("clientflow-mistakes").FullName;

    public static readonly string Good = Repository.Text("config/northwind.yaml").ReplaceLineEndings("\n");

    public static readonly IReadOnlyList<Mistake> All =
    [
        new(Codes.FileUnreadable, "the file can't be read", "The file that `--config` names is absent, is a folder, or may not be read by the user that runs the program.",
            "Correct the path, or begin with a copy of `config/minimal.yaml`.", () => ConfigLoader.Load($"{Folder}/northwnd.yaml", FakeConnectors.All, new FakeSecrets())),
        new(Codes.NotText, "not a text file", "The file is not UTF-8 text: a spreadsheet or an archive, or a text saved as UTF-16 or in an old Windows encoding. A single control character is shown at its place.",
            "Save the file as UTF-8. A byte order mark does no harm.", () => File("northwind.xlsx", [0x50, 0x4B, 0x03, 0x04, 0x00, 0xFF])),
        new(Codes.TooLarge, "the file is too large", "A mapping file is a few kilobytes; more than 1 MiB is some other file.", "Check the path.",
            () => File("northwind.yaml", new byte[ConfigLoader.LargestBytes + 1])),
        new(Codes.Empty, "the file is empty", "The file holds nothing but space and comments.", "Start from a copy of `config/minimal.yaml`.", () => Text("# soon\n")),
        new(Codes.Syntax, "not valid YAML", "A quote, brace or bracket is not closed, keys of one section don't stand in one column, or a value holds characters that need quotes. The place is where reading failed; the cause may be a line above.",
            "Close what is open, align the keys, put the value into quotes.", () => With("require: [ client.email, deal.scope, deal.owner ]", "require: [ client.email, deal.scope, deal.owner")),
        new(Codes.TabIndent, "indented by a tab", "YAML counts spaces, and a tab is none.", "Indent by two spaces; most editors can convert the whole file.", () => With("  won-deal-to-project:", "\twon-deal-to-project:")),
        new(Codes.DuplicateKey, "a key is given twice", "Two keys of one section have the same name; one of them would be lost in silence.", "Keep one of the two, or rename one.",
            () => With("    approve: true            #", "    approve: true\n    approve: false           #")),
        new(Codes.YamlFeature, "anchors, aliases, tags and merge keys", "Anchors (`&`), aliases (`*`), tags (`!`) and merge keys (`<<`) make a file say something other than what stands on its lines.",
            "Write the value out each time. A text that begins with one of these signs needs quotes.", () => With("{ deal.stage: won }", "&won { deal.stage: won }")),
        new(Codes.SeveralDocuments, "several documents", "A `---` begins a second YAML document; one file is one business.", "Remove the `---`, or make another file.", () => Text(Good + "---\nversion: 1\n")),
        new(Codes.TooDeep, "nested too deeply", "No mapping file needs more than 24 levels.", "Look for brackets that were opened by mistake.", () => Text("version: " + new string('[', 40))),
        new(Codes.WrongShape, "the wrong shape", "A list stands where keys and values belong, or the other way round, or either where a single value belongs.", "Write it as the message says.", () => With("require: [ client.email, deal.scope, deal.owner ]", "require: { client.email: true }")),
        new(Codes.MissingKey, "a key is missing", "A section lacks a key that it can't do without.", "Add the key.", () => With("timezone: Europe/London, ", "")),
        new(Codes.WrongVersion, "another version of the format", "The file says that it is written for another version of this format.", "Write `version: 1`, or use the program that the file was written for.", () => With("version: 1", "version: 2")),
        new(Codes.NoValue, "a key without a value", "A key is there and nothing follows it.", "Give it a value, or leave the key out.", () => With("connector: asana,", "connector: ,")),
        new(Codes.NeedsQuotes, "a value that needs quotes", "YAML takes a `{` at the beginning of a value for the start of a mapping, so a text that begins with `{{...}}` or `${...}` is not a text.",
            "Put the whole value into quotes.", () => With("name: \"{{client.name}} – {{deal.name}}\"", "name: {{client.name}} – {{deal.name}}")),
        new(Codes.TooMany, "and more", "A hundred mistakes are shown; there are more.", "Mend the first ones and check again: many of the others may have the same cause.",
            () => Text(Good + string.Concat(Enumerable.Range(1, 120).Select(i => $"extra{i}: 1\n")))),

        new(Codes.UnknownKey, "an unknown key", "A section doesn't know this key: it is misspelled, or stands in the wrong section.", "Take the spelling that the help line offers.", () => With("webhookSecret: \"${HUBSPOT_SECRET}\"", "webhookSecrt: \"${HUBSPOT_SECRET}\"")),
        new(Codes.UnknownTimeZone, "an unknown time zone", "Time zones have IANA names: a region and a city.", "Take the name that the help line offers. Where no zone is known at all, the machine lacks the `tzdata` package.", () => With("Europe/London", "London")),
        new(Codes.UnknownCurrency, "an unknown currency", "Currencies have the three letters of ISO 4217, in upper case.", "Write the code of the currency: `GBP`, not a sign and not a name.", () => With("currency: GBP", "currency: GPB")),
        new(Codes.UnknownWord, "an unknown value", "The field takes one of a few words, and this is none of them. In `values` the vendor's word stands left and the canonical word right.", "Take the word that the help line offers.", () => With("when: { deal.stage: won }", "when: { deal.stage: wonn }")),
        new(Codes.NotAFlag, "neither true nor false", "The key takes `true` or `false`, without quotes. YAML's `yes`, `no`, `on` and `off` are just words here.", "Write `true` or `false`.", () => With("approve: true ", "approve: yes ")),
        new(Codes.NotADuration, "not a duration", "A duration is a number with a unit: `s`, `m`, `h`, `d` or `w`.", "Write it as in `30s`, `5m`, `48h` or `14d`.", () => With("dueIn: 14d", "dueIn: two weeks")),
        new(Codes.NotAUrl, "not a usable address", "An address is absolute, http or https, without a user or password. `publicUrl` must be https, except on a loopback address.", "Write the address in full.", () => With("https://hooks.northwind.example", "hooks.northwind.example")),
        new(Codes.BadName, "a name that can't be used", "Names of tools, handoffs and the workspace stand in addresses and on the command line.", "Use letters, digits, `-` and `_`.", () => With("  renewal-reminder:", "  renewal reminder:")),
        new(Codes.NotANumber, "not a number", "The field takes a plain number, without currency sign and thousands separator.", "Write it as in `1200` or `1200.50`.", () => With("{ deal.stage: won }", "{ deal.amount: { gt: £1000 } }")),
        new(Codes.NotADate, "not a date", "A condition holds a date against something that is none.", "Write it as in `2026-11-01`; for time from now use `within` and `olderThan`.", () => With("{ exists: true }", "{ gt: 1/11/2026 }")),
        new(Codes.NotATime, "not a time of day", "A time of day is hours and minutes by the 24-hour clock.", "Write it as in `09:00`.", () => With("at: \"09:00\"", "at: 9am")),
        new(Codes.OutOfRange, "out of range", "The value is of the right kind, and too small or too large.", "Keep to the range under the carets.", () => With("workspace: \"1200\",", "workspace: \"1200\", poll: 0s,")),

        new(Codes.MappingTool, "a mapping for a tool that isn't there", "A key of `mapping` is the name of a tool, a dot and a kind of record.", "Take the tool's name from `tools`.", () => With("  crm.deal:", "  crn.deal:")),
        new(Codes.MappingKind, "a mapping for a kind that the tool doesn't have", "The connector offers no records of this kind.", "Take a kind that the help line offers.", () => With("  crm.deal:", "  crm.deals:")),
        new(Codes.MappingField, "a mapping for an unknown field", "The canonical field, left of the colon, doesn't exist. The tool's own name of the field stands in `field`.", "Take the field that the help line offers.", () => With("    endsOn: { field", "    endOn: { field")),
        new(Codes.MappingWithoutSource, "a mapping that names no field", "The connector has no field of its own for this one, so the mapping must name the tool's.", "Add `field:`.", () => With("endsOn: { field: contract_end_date }", "endsOn: { values: { a: b } }")),
        new(Codes.MappingReference, "a link can't be mapped", "Which client a deal belongs to comes from the tool's own links between records, not from a field.", "Remove the entry, and link the records in the tool.", () => With("    scope:  { field: scope_summary }", "    client: { field: company_name }")),
        new(Codes.TemplateSyntax, "a broken template", "A text has a `{{` without `}}`, a `}}` without `{{`, or nothing between them.", "Write the fact as in `{{deal.name}}`.", () => With("{{client.name}} – {{deal.name}}", "{{client.name} – {{deal.name}}")),
        new(Codes.UnknownFact, "an unknown fact", "A template, a condition or `require` names a kind of record or a field that doesn't exist.", "Take the name that the help line offers.", () => With("Renewal: {{client.name}}", "Renewal: {{client.nmae}}")),
        new(Codes.FactOutOfReach, "a fact that can't be known here", "A deal has many tasks and invoices: a rule about a deal can't say which one is meant.", "Let the rule be about that kind (`subject:`), or name another fact.", () => With("name: \"{{client.name}} – {{deal.name}}\"", "name: \"{{client.name}} – {{invoice.number}}\"")),
        new(Codes.UnknownFilter, "an unknown filter", "After `|` stands `date` or `money`, nothing else.", "Use one of the two, or none.", () => With("Renewal: {{client.name}}", "Renewal: {{project.endsOn | dat}}")),
        new(Codes.FilterMisfit, "a filter that doesn't fit", "`date` is for dates and moments, `money` for amounts.", "Leave the filter out, or name another fact.", () => With("Renewal: {{client.name}}", "Renewal: {{client.name | money}}")),
        new(Codes.NotShowable, "a record instead of a text", "The fact is another record. It has fields that can be shown, and no text of its own.", "Name one of its fields.", () => With("Renewal: {{client.name}}", "Renewal: {{deal.client}}")),
        new(Codes.VariableInText, "an environment variable in a text", "Texts end up in the tools, where clients can see them, and variables may hold secrets.", "Write the words themselves.", () => With("Renewal: {{client.name}}", "Renewal: ${COMPANY}")),
        new(Codes.BadDateExpression, "not a date expression", "A date is a fact, or the day the handoff is done, moved by days, weeks, months or years.", "Write it as in `\"{{project.endsOn}} - 30d\"`, `+3d` or `1m`.", () => With("on: \"{{project.endsOn}} - 30d\"", "on: 30 days before the end")),
        new(Codes.NotADateFact, "a fact that is no date", "The date expression starts from a fact that holds no date.", "Name a field that holds a date.", () => With("on: \"{{project.endsOn}} - 30d\"", "on: \"{{project.name}} - 30d\"")),
        new(Codes.BadPerson, "not a person", "A person is a fact that holds an e-mail address, or an e-mail address.", "Name `deal.owner` or `project.owner`, or write an address.", () => With("for: \"{{deal.owner}}\"", "for: Jane")),
        new(Codes.BadAmount, "not an amount", "An amount is `remaining`, a fact that holds an amount, or a plain number other than zero.", "Write one of the three.", () => With("amount: remaining", "amount: the rest")),

        new(Codes.EmptyCondition, "a condition without content", "Nothing follows `when`, or a test or list in it is empty: it would be true of everything, or never.", "Say when the rule applies.", () => With("when: { deal.stage: won }", "when: {}")),
        new(Codes.UnknownTest, "an unknown test", "A fact is held against a value, a list, or `gt`, `gte`, `lt`, `lte`, `in`, `not`, `exists`, `within`, `olderThan`.", "Take the test that the help line offers.", () => With("{ exists: true }", "{ exist: true }")),
        new(Codes.TestMisfit, "a test that doesn't fit the fact", "Only numbers, amounts and dates can be greater or less; only dates can be near or long ago; other records can only be there or not.", "Use a test that fits.", () => With("when: { project.status: closed }", "when: { project.status: { olderThan: 48h } }")),
        new(Codes.UnknownSubject, "an unknown subject", "`subject` is the kind of record that the rule makes one handoff for.", "Take a kind that the help line offers, or leave the key out.", () => With("    approve: true ", "    subject: projct\n    approve: true ")),
        new(Codes.SameIdentity, "two handoffs with one history", "`was:` gives a renamed handoff the history of its old name. Two handoffs with one history would take each other's work for their own.", "Remove `was`, or rename one of them.",
            () => With("    approve: true ", "    was: won-deal-to-project\n    approve: true ")),
        new(Codes.CreateOne, "not exactly one thing to make", "A handoff makes a project, an invoice or a reminder: one of them.", "Make a handoff of its own for each.", () => With("      invoice: { in: billing,", "      reminder: { in: calendar, on: +1d, title: Look }\n      invoice: { in: billing,")),
        new(Codes.UnknownTool, "an unknown tool", "`in` takes the name of a tool as it stands in `tools`.", "Take the name that the help line offers.", () => With("in: projects", "in: project")),
        new(Codes.ToolCannot, "the tool can't do that", "The product, or our connector for it, can't make such a thing.", "Name a tool that can.", () => With("in: projects", "in: billing")),
        new(Codes.ToolReadOnly, "the tool is read-only (a warning)", "`readOnly: true` keeps everything from writing to the tool: what would be done is shown on the pages, and the handoff waits.", "Remove `readOnly` when you trust what they show.", () => With("calendar: primary }", "calendar: primary, readOnly: true }")),
        new(Codes.DraftOnly, "only drafts", "An invoice is never sent to a client by this program; a person looks at the draft first.", "Write `draft: true`, or leave it out.", () => With("draft: true", "draft: false")),
        new(Codes.RemainingNeedsDeal, "nothing that could remain", "What remains is the deal's amount less its invoices; a rule about a client knows no one deal.", "Let the rule be about a deal or a project, or give an amount.", () => With("when: { project.status: closed }", "when: { client.email: { exists: true } }")),
        new(Codes.EmptyList, "an empty list", "An invoice needs a line.", "Add a line, or leave `lines` out.", () => With("[ { text: \"{{deal.name}}\", amount: remaining } ]", "[]")),
        new(Codes.NotATemplate, "not a template's id", "A template is named by its id, which is a number: names can be given twice, and change.", "Open the template in Asana: its id is the number in the address.",
            () => With("name: \"{{client.name}} – {{deal.name}}\"", "template: Onboarding\n        name: \"{{client.name}} – {{deal.name}}\"")),

        new(Codes.UnknownConnector, "an unknown connector", "There is no connector of this name.", "Take the name that the help line offers.", () => With("connector: hubspot", "connector: hubspt")),
        new(Codes.LiteralSecret, "a secret in the file", "The mapping file lives in version control: a secret in it is a secret no more. Its value is never shown.", "Give it as `${NAME}` or `file:PATH`. If the file was ever shared, replace the secret at the vendor.", () => With("\"${HUBSPOT_TOKEN}\"", "pat-eu1-0f3e9c1a-aaaa-bbbb-cccc-1234567890ab")),
        new(Codes.VariableUnset, "a variable that isn't set", "The environment of the program has no such variable, or it is empty.", "Set it where the program starts: the shell, the container, the systemd unit. Or give the secret as `file:PATH`.", () => With("\"${STRIPE_KEY}\"", "\"${STRIPE_API_KEY}\"")),
        new(Codes.SecretFile, "a secret's file can't be read", "The file is absent, empty, or not readable for the user that runs the program. Relative paths count from the mapping file's folder.", "Correct the path or the permissions.", () => With("/run/secrets/google.json", "google.json")),
        new(Codes.BadVariable, "not a variable", "Between `${` and `}` stands the name of one environment variable. A secret is one variable and nothing beside it.", "Write `${NAME}`.", () => With("\"${ASANA_TOKEN}\"", "\"Bearer ${ASANA_TOKEN}\"")),
        new(Codes.PlainHttp, "a credential over plain http (a warning)", "Whoever is on the way can read the tool's credential.", "Use https, except within a network of your own.", () => With("workspace: \"1200\",", "workspace: \"1200\", baseUrl: \"http://asana.internal:8080/api\",")),
        new(Codes.UnusableSettings, "settings that can't be used", "The connector refused the section without saying why.", "Compare the section with the connector's page; please report this.", () => LoadWith(Good, [.. FakeConnectors.All.Where(c => c.Manifest.Id != "stripe"),
            new FakeConnectorType(FakeConnectors.All.First(c => c.Manifest.Id == "stripe").Manifest, s => s.RequiredSecret("key") is null | s.OptionalSecret("webhookSecret") is null ? "" : null)])),
        new(Codes.NoTools, "no tool", "A business without a tool has nothing to hand over.", "Name at least one tool.", () => Text("version: 1\nbusiness: { name: Northwind, timezone: Europe/London, currency: GBP }\ntools: {}\n")),
        new(Codes.BadCredentialsFile, "a credentials file that is none", "The file is there, and is not what the connector needs: for Google, the JSON key of a service account.", "Download the key again, and name that file.", () => With("/run/secrets/google.json", "token.txt")),
        new(Codes.AccountUntold, "a token that doesn't tell its account (a warning)", "A HubSpot private app's token (`pat-…`) can't be asked which account it belongs to without putting it into an address. Without the portal id nobody notices when the token is exchanged for another account's, webhooks of another account are read, and there are no links to deals.",
            "Add `account:` with the portal id. A worker that has run without it goes on with the same data.", () => LoadWith(Good, [new HubSpotConnectorType(), .. FakeConnectors.All.Where(c => c.Manifest.Id != "hubspot")], PrivateApp)),

        new(Codes.NotAHash, "not the hash of a password", "The variable or file holds something else than what `clientflow password` prints: perhaps the password itself. Passwords are kept as hashes alone, and it is never shown.",
            "Run `clientflow password`, and put what it prints into the variable or file. A password that lay there in the clear is best replaced.", () => With("\"${BEN_PASSWORD}\"", "\"${JUST_A_PASSWORD}\"")),
        new(Codes.NobodySignsIn, "nobody who may sign in", "`access` opens the pages to people who sign in, and names none.", "Name somebody in `users`, or in `owners` or `assistants` of `oidc`; or leave `access` out.",
            () => With("    owners: [ anna@northwind.example ]\n    assistants: [ ben@northwind.example ]\n", "")),
        new(Codes.NotAPerson, "not a person", "A name stands in the journal as who decided, and takes letters, digits, spaces and a few signs. Who signs in with OpenID Connect is named by e-mail address.", "Write the name or the address.",
            () => With("assistants: [ ben@northwind.example ]", "assistants: [ Ben ]")),
        new(Codes.SamePerson, "somebody named twice", "Two people have the same name, or one address is owner and assistant: nobody could say which is meant. Upper and lower case are the same.", "Keep one of the two, or give each a name of its own.",
            () => With("{ name: Ben,", "{ name: anna,")),
    ];

    private static FakeSecrets PrivateApp => new() { Environment = { ["HUBSPOT_TOKEN"] = "pat-eu1-0f3e9c1a-aaaa-bbbb-cccc-1234567890ab" } };

    /// <summary>Loads a text under the name that examples have.</summary>
    public static LoadResult Text(string text) => LoadWith(text, FakeConnectors.All);

    /// <summary>Loads the good file with one piece replaced.</summary>
    public static LoadResult With(string old, string replacement)
    {
        Good.ShouldContain(old);
        return Text(Replace(Good, old, replacement));
    }

    private static string Replace(string text, string old, string replacement)
    {
        var at = text.IndexOf(old, StringComparison.Ordinal);
        return new StringBuilder(text).Remove(at, old.Length).Insert(at, replacement).ToString();
    }

    private static LoadResult LoadWith(string text, IReadOnlyList<Core.Connectors.IConnectorType> connectors, FakeSecrets? secrets = null) =>
        ConfigLoader.LoadText("config/northwind.yaml", text, connectors, secrets ?? new FakeSecrets());

    private static LoadResult File(string name, byte[] content)
    {
        System.IO.File.WriteAllBytes($"{Folder}/{name}", content);
        return ConfigLoader.Load($"{Folder}/{name}", FakeConnectors.All, new FakeSecrets());
    }
}
