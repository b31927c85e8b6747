using ClientFlow.Sync.Core.Configuration;
using ClientFlow.Sync.Core.Connectors;
using ClientFlow.Sync.Core.Records;
namespace ClientFlow.Sync.Core.Mapping;
public static class RecordMapper
{
    public static (Record Record, IReadOnlyList<(string Field, string Value)> Unmapped) Map(SourceRecord source, RecordMapping mapping, string connector, string account, Business business, DateTimeOffset readBegan) => throw new NotSupportedException();
}
