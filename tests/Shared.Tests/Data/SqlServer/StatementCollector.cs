using EchoClr.Testing;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EchoClr.Shared.Tests.Data.SqlServer;

/// <summary>A statement as it goes to SQL Server from one place of the source.</summary>
/// <param name="Where">File and line.</param>
/// <param name="Parameters">The members of the object that is passed with it; null where the source does not say.</param>
internal sealed record CollectedStatement(string Where, string Sql, IReadOnlySet<string>? Parameters);

/// <summary>
/// Reads every call of a <c>Session</c> in the sources and works out which texts it may be given: constants, interpolations, branches, locals, arguments of callers, loops over lists of literals.
/// Where a text depends on the provider, SQL Server's is taken.
/// </summary>
internal sealed class StatementCollector
{
    private const int MaxDepth = 12;
    /// <summary>Whose statements are for SQLite alone: tables that are filled to be measured.</summary>
    private const string Benchmarks = "src/App/Benchmarks/";

    private static readonly string[] Projects = ["Shared", "Ingest", "Inference", "Retraining", "Portal", "App"];
    private static readonly string[] Methods = ["ExecuteAsync", "QueryAsync", "FindAsync", "ScalarAsync"];

    private readonly CSharpCompilation _compilation;
    private readonly List<InvocationExpressionSyntax> _invocations;
    private readonly Dictionary<SyntaxNode, ExpressionSyntax> _loop = [];

    private StatementCollector()
    {
        var source = Path.Combine(RealData.RepositoryRoot, "src");
        var options = new CSharpParseOptions(LanguageVersion.Preview);
        const string Usings = "global using System; global using System.IO; global using System.Linq; global using System.Collections.Generic; global using System.Threading; global using System.Threading.Tasks;";
        var trees = from project in Projects
                    from file in Directory.EnumerateFiles(Path.Combine(source, project), "*.cs", SearchOption.AllDirectories)
                    where !file.EndsWith("Program.cs", StringComparison.Ordinal) && !Path.GetRelativePath(RealData.RepositoryRoot, file).StartsWith(Benchmarks, StringComparison.Ordinal)
                    select CSharpSyntaxTree.ParseText(File.ReadAllText(file), options, Path.GetRelativePath(RealData.RepositoryRoot, file));
        var references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Where(path => !Path.GetFileName(path).StartsWith("EchoClr.", StringComparison.Ordinal));
        _compilation = CSharpCompilation.Create("sources", [.. trees, CSharpSyntaxTree.ParseText(Usings, options)], references.Select(path => MetadataReference.CreateFromFile(path)),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
        _invocations = [.. _compilation.SyntaxTrees.SelectMany(tree => tree.GetRoot().DescendantNodes().OfType<InvocationExpressionSyntax>())];
    }

    /// <summary>Calls whose text cannot be worked out; each with its place.</summary>
    public List<string> Unknown { get; } = [];

    public List<CollectedStatement> Statements { get; } = [];

    public static StatementCollector Run()
    {
        var collector = new StatementCollector();
        foreach (var call in collector._invocations.Where(collector.IsSessionCall))
            collector.Take(call);
        return collector;
    }

    private bool IsSessionCall(InvocationExpressionSyntax call) =>
        call.Expression is MemberAccessExpressionSyntax access && Methods.Contains(access.Name.Identifier.ValueText)
        && Model(call).GetTypeInfo(access.Expression).Type is { Name: "Session", ContainingNamespace.Name: "Data" };

    private void Take(InvocationExpressionSyntax call)
    {
        var where = $"{call.SyntaxTree.FilePath}:{call.GetLocation().GetLineSpan().StartLinePosition.Line + 1}";
        var parameters = call.ArgumentList.Arguments.Count > 1 ? MembersOf(call.ArgumentList.Arguments[1].Expression) : new HashSet<string>();
        foreach (var _ in EachTurn(call))
        {
            if (Texts(call.ArgumentList.Arguments[0].Expression, 0) is not { } texts)
            {
                Unknown.Add($"{where}: {call.ArgumentList.Arguments[0]}");
                return;
            }
            Statements.AddRange(texts.Distinct().Select(text => new CollectedStatement(where, text, parameters)));
        }
    }

    /// <summary>Goes through a loop over a list of literals around the call, one element at a time, so that parts of one element stay together.</summary>
    private IEnumerable<bool> EachTurn(SyntaxNode call)
    {
        var loops = call.Ancestors().OfType<CommonForEachStatementSyntax>().Select(loop => (Loop: loop, Elements: ElementsOf(loop.Expression))).Where(loop => loop.Elements.Count > 0).ToList();
        if (loops.Count == 0)
        {
            yield return true;
            yield break;
        }
        var (statement, elements) = loops[0];
        try
        {
            foreach (var element in elements)
            {
                _loop[statement] = element;
                yield return true;
            }
        }
        finally
        {
            _loop.Remove(statement);
        }
    }

    private List<ExpressionSyntax> ElementsOf(ExpressionSyntax collection)
    {
        var initializer = Model(collection).GetSymbolInfo(collection).Symbol is { DeclaringSyntaxReferences: [var declared, ..] } ? declared.GetSyntax() switch
        {
            VariableDeclaratorSyntax { Initializer.Value: var value } => value,
            PropertyDeclarationSyntax { Initializer.Value: var value } => value,
            _ => null,
        } : collection;
        return initializer is CollectionExpressionSyntax list && list.Elements.All(element => element is ExpressionElementSyntax { Expression: TupleExpressionSyntax or BaseObjectCreationExpressionSyntax })
            ? [.. list.Elements.OfType<ExpressionElementSyntax>().Select(element => element.Expression)] : [];
    }

    /// <summary>Every text that an expression may have; null where that cannot be said.</summary>
    private List<string>? Texts(ExpressionSyntax expression, int depth)
    {
        if (depth > MaxDepth)
            return null;
        var model = Model(expression);
        if (model.GetConstantValue(expression) is { HasValue: true, Value: { } constant })
            return [model.GetTypeInfo(expression).Type is { TypeKind: TypeKind.Enum } && model.GetSymbolInfo(expression).Symbol is IFieldSymbol field ? field.Name : constant.ToString()!];
        return expression switch
        {
            ParenthesizedExpressionSyntax inner => Texts(inner.Expression, depth + 1),
            PostfixUnaryExpressionSyntax sure => Texts(sure.Operand, depth + 1),
            InterpolatedStringExpressionSyntax text => Product(text.Contents.Select(part => part is InterpolationSyntax hole ? Texts(hole.Expression, depth + 1) : [((InterpolatedStringTextSyntax)part).TextToken.ValueText])),
            ConditionalExpressionSyntax choice => OfServer(choice) is { } branch ? Texts(branch, depth + 1) : Union([choice.WhenTrue, choice.WhenFalse], depth),
            SwitchExpressionSyntax choice => Union(choice.Arms.Select(arm => arm.Expression).Where(arm => arm is not ThrowExpressionSyntax), depth),
            BinaryExpressionSyntax { RawKind: (int)SyntaxKind.AddExpression } sum => Product([Texts(sum.Left, depth + 1), Texts(sum.Right, depth + 1)]),
            InvocationExpressionSyntax call => OfCall(call, depth),
            _ => model.GetSymbolInfo(expression).Symbol is { } symbol ? OfSymbol(expression, symbol, depth) : null,
        };
    }

    /// <summary>The branch for SQL Server, where the condition asks for the provider.</summary>
    private static ExpressionSyntax? OfServer(ConditionalExpressionSyntax choice)
    {
        var condition = choice.Condition.ToString();
        return condition.Contains("== DatabaseProvider.Sqlite", StringComparison.Ordinal) ? choice.WhenFalse
            : condition.Contains("== DatabaseProvider.SqlServer", StringComparison.Ordinal) ? choice.WhenTrue : null;
    }

    private List<string>? OfSymbol(ExpressionSyntax expression, ISymbol symbol, int depth)
    {
        if (OfLoop(expression, symbol, depth) is { } ofLoop)
            return ofLoop;
        if (symbol is IParameterSymbol parameter)
            return OfArgument(parameter, depth);
        return symbol.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() switch
        {
            VariableDeclaratorSyntax { Initializer.Value: var value } => Texts(value, depth + 1),
            PropertyDeclarationSyntax { ExpressionBody.Expression: var value } => Texts(value, depth + 1),
            PropertyDeclarationSyntax { Initializer.Value: var value } => Texts(value, depth + 1),
            SingleVariableDesignationSyntax { Parent.Parent: DeclarationExpressionSyntax { Parent: AssignmentExpressionSyntax { Right: TupleExpressionSyntax tuple } } } name =>
                Texts(tuple.Arguments[((ParenthesizedVariableDesignationSyntax)name.Parent!).Variables.IndexOf(name)].Expression, depth + 1),
            _ => null,
        };
    }

    /// <summary>A loop's variable, a part of it, or a member of it, in the turn at hand.</summary>
    private List<string>? OfLoop(ExpressionSyntax expression, ISymbol symbol, int depth)
    {
        foreach (var (loop, element) in _loop)
        {
            if (loop is ForEachVariableStatementSyntax { Variable: DeclarationExpressionSyntax { Designation: ParenthesizedVariableDesignationSyntax parts } } && element is TupleExpressionSyntax tuple
                && parts.Variables.IndexOf(part => (part as SingleVariableDesignationSyntax)?.Identifier.ValueText == symbol.Name) is >= 0 and var at)
                return Texts(tuple.Arguments[at].Expression, depth + 1);
            if (loop is not ForEachStatementSyntax each || expression is not MemberAccessExpressionSyntax access || access.Expression.ToString() != each.Identifier.ValueText)
                continue;
            var index = symbol switch
            {
                IFieldSymbol { ContainingType.IsTupleType: true } item => item.ContainingType.TupleElements.IndexOf(item.ContainingType.TupleElements.First(other => other.Name == item.Name)),
                IPropertySymbol { ContainingType: var type } => type.InstanceConstructors.Max(constructor => constructor.Parameters.Select((parameter, place) => parameter.Name == symbol.Name ? place : -1).DefaultIfEmpty(-1).Max()),
                _ => -1,
            };
            var arguments = element switch { TupleExpressionSyntax values => values.Arguments, BaseObjectCreationExpressionSyntax made => made.ArgumentList!.Arguments, _ => default };
            if (index >= 0)
                return Texts(arguments[index].Expression, depth + 1);
        }
        return null;
    }

    /// <summary>What the callers of the method pass.</summary>
    private List<string>? OfArgument(IParameterSymbol parameter, int depth)
    {
        if (parameter.ContainingSymbol is not IMethodSymbol method)
            return null;
        var texts = new List<string>();
        foreach (var call in _invocations.Where(call => NameOf(call) == method.Name && SymbolEqualityComparer.Default.Equals(Model(call).GetSymbolInfo(call).Symbol?.OriginalDefinition, method.OriginalDefinition)))
        {
            var arguments = call.ArgumentList.Arguments;
            var argument = arguments.FirstOrDefault(candidate => candidate.NameColon?.Name.Identifier.ValueText == parameter.Name) ?? (parameter.Ordinal < arguments.Count ? arguments[parameter.Ordinal] : null);
            foreach (var _ in EachTurn(call))
            {
                if (argument is null || Texts(argument.Expression, depth + 1) is not { } passed)
                    return null;
                texts.AddRange(passed);
            }
        }
        return texts.Count == 0 ? null : texts;
    }

    private List<string>? OfCall(InvocationExpressionSyntax call, int depth)
    {
        if (Model(call).GetSymbolInfo(call).Symbol is not IMethodSymbol method)
            return null;
        if (method is { Name: "Join", ContainingType.SpecialType: SpecialType.System_String } && call.ArgumentList.Arguments is [var separator, { Expression: IdentifierNameSyntax list }])
            return OfList(call, list, Texts(separator.Expression, depth + 1)?.Single() ?? "", depth);
        return method.DeclaringSyntaxReferences.FirstOrDefault()?.GetSyntax() switch
        {
            MethodDeclarationSyntax { ExpressionBody.Expression: var value } => Texts(value, depth + 1),
            MethodDeclarationSyntax { Body: { } body } => Union(body.DescendantNodes().OfType<ReturnStatementSyntax>().Select(end => end.Expression!), depth),
            _ => null,
        };
    }

    /// <summary>A list that is built in the method: with everything that may be added to it, which has every part that any shorter one has.</summary>
    private List<string>? OfList(SyntaxNode within, IdentifierNameSyntax list, string separator, int depth)
    {
        var method = within.Ancestors().OfType<MethodDeclarationSyntax>().First();
        var begun = method.DescendantNodes().OfType<VariableDeclaratorSyntax>().Where(local => local.Identifier.ValueText == list.Identifier.ValueText)
            .SelectMany(local => local.Initializer!.Value.DescendantNodes().OfType<ExpressionElementSyntax>().Select(element => element.Expression));
        var added = method.DescendantNodes().OfType<InvocationExpressionSyntax>().Where(call => call.Expression.ToString() == $"{list.Identifier.ValueText}.Add").Select(call => call.ArgumentList.Arguments[0].Expression);
        List<List<string>?> parts = [];
        foreach (var part in begun.Concat(added))
            parts.AddRange(parts.Count == 0 ? [Texts(part, depth + 1)] : [[separator], Texts(part, depth + 1)]);
        return Product(parts);
    }

    private List<string>? Union(IEnumerable<ExpressionSyntax> expressions, int depth)
    {
        var texts = new List<string>();
        foreach (var expression in expressions)
        {
            if (Texts(expression, depth + 1) is not { } some)
                return null;
            texts.AddRange(some);
        }
        return texts;
    }

    private static List<string>? Product(IEnumerable<List<string>?> parts)
    {
        List<string> all = [""];
        foreach (var part in parts)
        {
            if (part is null)
                return null;
            all = [.. from begun in all from next in part.Distinct() select begun + next];
        }
        return all;
    }

    private HashSet<string>? MembersOf(ExpressionSyntax argument)
    {
        var type = Model(argument).GetTypeInfo(argument).Type;
        if (type is null or { SpecialType: SpecialType.System_Object } or { TypeKind: TypeKind.Error })
            return argument.IsKind(SyntaxKind.NullLiteralExpression) ? [] : null;
        if (type is INamedTypeSymbol { TypeArguments: [var element] } && type.AllInterfaces.Any(face => face.Name == "IEnumerable"))
            type = element; // one execution an element
        var members = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        for (; type is not null; type = type.BaseType)
            members.UnionWith(type.GetMembers().OfType<IPropertySymbol>().Select(property => property.Name));
        return members;
    }

    private static string NameOf(InvocationExpressionSyntax call) => call.Expression switch
    {
        IdentifierNameSyntax name => name.Identifier.ValueText,
        MemberAccessExpressionSyntax access => access.Name.Identifier.ValueText,
        GenericNameSyntax generic => generic.Identifier.ValueText,
        _ => "",
    };

    private SemanticModel Model(SyntaxNode node) => _models.TryGetValue(node.SyntaxTree, out var model) ? model : _models[node.SyntaxTree] = _compilation.GetSemanticModel(node.SyntaxTree);

    private readonly Dictionary<SyntaxTree, SemanticModel> _models = [];
}
