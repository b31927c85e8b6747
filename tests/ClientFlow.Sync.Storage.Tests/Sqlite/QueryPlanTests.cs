using System.Reflection;
using ClientFlow.Sync.Core.Stores;
using ClientFlow.Sync.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace ClientFlow.Sync.Storage.Tests.Sqlite;

/// <summary>The cost of one change must not grow with what is stored: every statement reaches its rows through an index.</summary>
public sealed class QueryPlanTests : IAsyncLifetime
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("clientflow-");
    private SqliteConnection connection = null!;

    public async ValueTask InitializeAsync()
    {
        var options = new SqliteStoreOptions { Directory = directory.FullName, Clock = TimeProvider.System, Protector = new BackwardsProtector() };
        await (await SqliteStore.OpenAsync(options)).DisposeAsync();
        connection = new SqliteConnection($"Data Source={options.File};Pooling=False");
        connection.Open();
        connection.CreateFunction<string, string?, string, bool>("mentions", (_, _, _) => true);
    }

    public ValueTask DisposeAsync()
    {
        connection.Dispose();
        directory.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    private const string Paused = " | CORRELATED SCALAR SUBQUERY 1 | p USING PRIMARY KEY (workspace=? AND what=?) | h USING INDEX sqlite_autoindex_handoffs_1 (workspace=? AND id=?)";

    /// <summary>What each question may use. A bare <c>(workspace=?)</c> reads a whole workspace, and stands only where it stops early.</summary>
    public static TheoryData<string, string> Plans => new()
    {
        { "PendingSql", "inbox USING INTEGER PRIMARY KEY (rowid>?)" },
        { "PendingOfSql", "inbox USING INDEX inbox_pending (workspace=? AND tool=? AND id>?)" },
        { "DeadSql", "inbox USING INDEX inbox_dead (workspace=? AND id>?)" },
        { "RecordSql", "r USING INDEX sqlite_autoindex_records_1 (workspace=? AND ref=?)" },
        { "OfKindSql", "r USING INDEX sqlite_autoindex_records_1 (workspace=? AND ref>? AND ref<?)" },
        { "ReferringSql", "x USING PRIMARY KEY (workspace=? AND to_ref=? AND kind=?) | r USING INDEX sqlite_autoindex_records_1 (workspace=? AND ref=?)" },
        { "WithKeySql", "r USING INDEX records_key (workspace=? AND scope=? AND key=?)" },
        { "WithEmailSql", "r USING INDEX records_email (workspace=? AND scope=? AND email=?)" },
        { "WithoutDealSql", "r USING INDEX records_loose (workspace=? AND scope=?)" },
        { "NotSeenSql", "records USING INDEX records_present (workspace=? AND scope=? AND seen_at<?)" },
        { "CountRecordsSql", "records USING COVERING INDEX records_present (workspace=? AND scope=?)" },
        { "ChangesSql", "changes USING INDEX changes_ref (workspace=? AND ref=?)" },
        { "LinksFromSql", "links USING PRIMARY KEY (workspace=? AND from_ref=?)" },
        { "LinksToSql", "links USING INDEX links_to (workspace=? AND to_ref=?)" },
        { "HandoffSql", "handoffs USING INDEX sqlite_autoindex_handoffs_1 (workspace=? AND id=?)" },
        { "HandoffsOfSql", "handoffs USING INDEX handoffs_engagement (workspace=? AND engagement=?)" },
        { "HandoffsAboutSql", "handoffs USING INDEX sqlite_autoindex_handoffs_2 (workspace=? AND subject=?)" },
        { "HandoffsInSql", "handoffs USING INDEX handoffs_state (workspace=? AND state=?)" },
        { "HandoffsHeldSql", "handoffs USING INDEX handoffs_held (workspace=?)" },
        { "HandoffsToLookAtSql", "handoffs USING INDEX handoffs_look (workspace=? AND next_look>? AND next_look<?)" },
        { "ReadySinceSql", "handoffs USING COVERING INDEX handoffs_ready (workspace=? AND rule=? AND ready_at>?)" },
        { "CountHandoffsSql", "handoffs USING COVERING INDEX handoffs_rule (workspace=?)" },
        { "ActionsSql", "actions USING INDEX sqlite_autoindex_actions_1 (workspace=? AND handoff=?)" },
        { "DueActionsSql", "actions USING INDEX actions_runnable (workspace=? AND tool=? AND next_at<?)" + Paused },
        { "NextActionSql", "actions USING INDEX actions_runnable (workspace=? AND tool=?)" + Paused },
        { "LooksSql", "looks USING COVERING INDEX looks_at (workspace=? AND at<?)" },
        { "NextLookSql", "looks USING COVERING INDEX looks_at (workspace=?)" },
        { "FlaggedSql", "handoffs USING INDEX handoffs_flag (workspace=?)" },
        { "DoneSinceSql", "handoffs USING COVERING INDEX handoffs_done (workspace=? AND done_at>?)" },
        { "ReliabilitySql", "handoffs USING COVERING INDEX handoffs_planned (workspace=? AND planned_at>?)" },
        { "StagesSql", "engagements USING COVERING INDEX engagements_stage (workspace=? AND stage=? AND since>?)" },
        { "EngagementsInSql", "engagements USING INDEX engagements_stage (workspace=? AND stage=?)" },
        { "DeliveriesSql", "inbox USING INDEX inbox_read (workspace=? AND received_at>? AND received_at<?)" },
        { "DeliveriesWaitingSql", "inbox USING INDEX inbox_pending (workspace=?)" },
        { "WritesWaitingSql", "a USING INDEX actions_runnable (workspace=?) | h USING INDEX sqlite_autoindex_handoffs_1 (workspace=? AND id=?) | CORRELATED SCALAR SUBQUERY 1 | p USING PRIMARY KEY (workspace=? AND what=? AND name=?)" },
        { "NextWaitingSql", "handoffs USING COVERING INDEX handoffs_look (workspace=? AND next_look>?)" },
    };

    [Theory]
    [MemberData(nameof(Plans))]
    public void A_question_goes_through_its_index(string statement, string plan)
    {
        var text = Statements(typeof(SqliteView)).Single(found => found.Name == statement).Text;

        string.Join(" | ", Explain(text).Where(step => !step.StartsWith("USE TEMP", StringComparison.Ordinal)).Select(step => step.Replace("SEARCH ", "", StringComparison.Ordinal)))
            .ShouldBe(plan);
    }

    [Fact]
    public void No_statement_scans_a_table()
    {
        var scans =
            from statement in Statements(typeof(SqliteView)).Concat(Statements(typeof(SqliteUnitOfWork)))
            from step in Explain(statement.Text)
            where step.StartsWith("SCAN", StringComparison.Ordinal) && !step.Contains("VIRTUAL TABLE INDEX", StringComparison.Ordinal)
            select $"{statement.Name}: {step}";

        scans.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("PendingSql")]
    [InlineData("DeadSql")]
    [InlineData("HandoffsHeldSql")]
    [InlineData("OfKindSql")]
    [InlineData("NotSeenSql")]
    [InlineData("ChangesSql")]
    [InlineData("HandoffsInSql")]
    [InlineData("HandoffsToLookAtSql")]
    [InlineData("DueActionsSql")]
    [InlineData("LooksSql")]
    public void A_limited_question_reads_no_more_than_it_gives(string statement) =>
        Explain(Statements(typeof(SqliteView)).Single(found => found.Name == statement).Text)
            .ShouldNotContain(step => step.StartsWith("USE TEMP B-TREE", StringComparison.Ordinal));

    [Fact]
    public void Every_combination_of_journal_filters_walks_an_index_in_order()
    {
        var queries =
            from page in new[] { new JournalQuery(), new JournalQuery { Before = 9 }, new JournalQuery { After = 9 } }
            from level in new JournalLevel?[] { null, JournalLevel.Information, JournalLevel.Warning, JournalLevel.Error }
            from tool in new[] { null, "crm" }
            from rule in new[] { null, "r" }
            from handoff in new[] { null, "h" }
            from text in new[] { null, "website" }
            select page with { AtLeast = level, Tool = tool, Rule = rule, Handoff = handoff, Text = text };

        foreach (var query in queries)
        {
            var plan = Explain(SqliteView.JournalText(query, []));
            plan.Count.ShouldBe(1, $"{query}: {string.Join(" | ", plan)}");
            plan[0].ShouldStartWith("SEARCH journal USING INDEX journal_");
            if (query.Handoff is not null) plan[0].ShouldContain("handoff=?");
            else if (query.Rule is not null) plan[0].ShouldContain("rule=?");
            else if (query.Tool is not null) plan[0].ShouldContain("tool=?");
            else if (query.AtLeast >= JournalLevel.Warning) plan[0].ShouldContain(query.AtLeast == JournalLevel.Error ? "journal_error" : "journal_warning");
        }
    }

    private static IEnumerable<(string Name, string Text)> Statements(Type type) =>
        from field in type.GetFields(BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.DeclaredOnly)
        where field.FieldType == typeof(Sql)
        select (field.Name, ((Sql)field.GetValue(null)!).Text);

    private List<string> Explain(string text)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "EXPLAIN QUERY PLAN " + text;
        command.Parameters.AddWithValue("$w", "default");
        for (var i = 1; i < 30; i++)
            if (text.Contains($"${i}", StringComparison.Ordinal)) command.Parameters.AddWithValue($"${i}", 1);
        using var reader = command.ExecuteReader();
        var steps = new List<string>();
        while (reader.Read()) steps.Add(reader.GetString(3));
        return steps;
    }
}
