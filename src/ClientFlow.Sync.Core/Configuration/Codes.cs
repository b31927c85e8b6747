namespace ClientFlow.Sync.Core.Configuration;

/// <summary>The codes of all mistakes in a mapping file. Codes are for ever; docs/diagnostics.md has an entry for each.</summary>
public static class Codes
{
    public const string FileUnreadable = "CF0101";
    public const string NotText = "CF0102";
    public const string TooLarge = "CF0103";
    public const string Empty = "CF0104";
    public const string Syntax = "CF0105";
    public const string TabIndent = "CF0106";
    public const string DuplicateKey = "CF0107";
    public const string YamlFeature = "CF0108";
    public const string SeveralDocuments = "CF0109";
    public const string TooDeep = "CF0110";
    public const string WrongShape = "CF0111";
    public const string MissingKey = "CF0112";
    public const string WrongVersion = "CF0113";
    public const string NoValue = "CF0114";
    public const string NeedsQuotes = "CF0115";
    public const string TooMany = "CF0116";

    public const string UnknownKey = "CF0201";
    public const string UnknownTimeZone = "CF0202";
    public const string UnknownCurrency = "CF0203";
    public const string UnknownWord = "CF0204";
    public const string NotAFlag = "CF0205";
    public const string NotADuration = "CF0206";
    public const string NotAUrl = "CF0207";
    public const string BadName = "CF0208";
    public const string NotANumber = "CF0209";
    public const string NotADate = "CF0210";
    public const string NotATime = "CF0211";
    public const string OutOfRange = "CF0212";

    public const string MappingTool = "CF0301";
    public const string MappingKind = "CF0302";
    public const string MappingField = "CF0303";
    public const string MappingWithoutSource = "CF0304";
    public const string MappingReference = "CF0305";
    public const string TemplateSyntax = "CF0306";
    public const string UnknownFact = "CF0307";
    public const string FactOutOfReach = "CF0308";
    public const string UnknownFilter = "CF0309";
    public const string FilterMisfit = "CF0310";
    public const string NotShowable = "CF0311";
    public const string VariableInText = "CF0312";
    public const string BadDateExpression = "CF0313";
    public const string NotADateFact = "CF0314";
    public const string BadPerson = "CF0315";
    public const string BadAmount = "CF0316";

    public const string EmptyCondition = "CF0401";
    public const string UnknownTest = "CF0402";
    public const string TestMisfit = "CF0403";
    public const string UnknownSubject = "CF0404";
    public const string SameIdentity = "CF0405";
    public const string CreateOne = "CF0406";
    public const string UnknownTool = "CF0407";
    public const string ToolCannot = "CF0408";
    public const string ToolReadOnly = "CF0409";
    public const string DraftOnly = "CF0410";
    public const string RemainingNeedsDeal = "CF0411";
    public const string EmptyList = "CF0412";
    public const string NotATemplate = "CF0413";

    public const string UnknownConnector = "CF0501";
    public const string LiteralSecret = "CF0502";
    public const string VariableUnset = "CF0503";
    public const string SecretFile = "CF0504";
    public const string BadVariable = "CF0505";
    public const string PlainHttp = "CF0506";
    public const string UnusableSettings = "CF0507";
    public const string NoTools = "CF0508";
    public const string BadCredentialsFile = "CF0520";
    public const string AccountUntold = "CF0521";

    public const string NotAHash = "CF0601";
    public const string NobodySignsIn = "CF0602";
    public const string NotAPerson = "CF0603";
    public const string SamePerson = "CF0604";
}
